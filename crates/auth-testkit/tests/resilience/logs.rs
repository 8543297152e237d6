//! What a log holds, and what it must not.

use anyhow::{Context as _, Result, ensure};
use auth_testkit::Client;
use auth_testkit::account::{Person, new_password};
use auth_testkit::process::ServerProcess;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

use crate::deployment::Deployment;
use crate::on;
use crate::outage::lease_is_over;
use crate::raw::Wire;

on! {
    no_secret_is_logged_at_any_level:
        session_on_sqlite, jwt_on_sqlite, session_on_services, jwt_on_services,
        oauth_session_on_sqlite, oauth_jwt_on_services;
    an_event_is_a_line_whatever_a_client_sends: session_on_sqlite, jwt_on_sqlite;
    a_log_in_a_file_has_no_colours: session_on_sqlite, jwt_on_sqlite;
    answers_name_whoever_is_signed_in: session_on_sqlite, jwt_on_sqlite;
    a_failure_is_logged_under_the_request_id_of_its_answer:
        session_on_services, jwt_on_services;
    a_request_tells_what_its_parts_took_to_who_debugs:
        session_on_sqlite, session_on_services;
    an_unknown_origin_is_told_with_the_setting_that_trusts_it:
        session_on_sqlite, jwt_on_sqlite;
    a_log_that_nobody_reads_stops_nothing: session_on_sqlite, jwt_on_sqlite;
    what_is_no_http_is_no_error_of_the_server: session_on_sqlite;
}

pub async fn json_logger(on: &Deployment) -> Result<ServerProcess> {
    let launch = on.launch().flag("--log", "json").env("RUST_LOG", "trace");
    ServerProcess::start(launch).await
}

async fn no_secret_is_logged_at_any_level(on: Deployment) -> Result<()> {
    let mut server = json_logger(&on).await?;
    let mut secrets = a_life(&on, &server).await?;
    secrets.extend(misplace_secrets(&server.client().await?).await?);
    server.terminate().await?;

    assert_kept_secret(&server, &secrets);
    Ok(())
}

/// Expects a log that tells much, and none of the secrets.
pub fn assert_kept_secret(server: &ServerProcess, secrets: &[String]) {
    let log = [server.output().out(), server.output().err()]
        .concat()
        .join("\n");
    assert!(
        log.contains("\"TRACE\"") || log.contains("\"DEBUG\""),
        "{log}"
    );
    for secret in secrets {
        for form in forms(secret) {
            let line = log.lines().find(|line| line.contains(&form));
            assert_eq!(line, None, "{secret:?} as {form:?}");
        }
    }
}

/// The shapes in which a secret could slip into a log.
fn forms(secret: &str) -> [String; 5] {
    [
        secret.to_owned(),
        json!(secret).to_string().trim_matches('"').to_owned(),
        BASE64_STANDARD.encode(secret),
        BASE64_URL_SAFE_NO_PAD.encode(secret),
        byte_serialize(secret.as_bytes()).collect(),
    ]
}

/// Does everything there is to do with an account; gives every secret that came up.
async fn a_life(on: &Deployment, server: &ServerProcess) -> Result<Vec<String>> {
    let target = on.target(server);
    let person = Person::new("ada");
    let person = person.with_password(&format!("pässword/+% \"{}", person.username));
    let mut inbox = target.inbox(&person.email).await?;
    target.registered(&person).await?;
    let confirm = inbox.token().await?;
    let client = target.client().await?;
    client.confirm(&confirm, &person.password).await?.ok()?;
    let wrong = new_password();
    client.login(&person.username, &wrong).await?.is(401)?;
    let mut secrets = vec![person.password.clone(), confirm, wrong];

    client.login(&person.email, &person.password).await?.ok()?;
    secrets.extend(client.credential().secrets().map(str::to_owned));
    client.refresh().await?.ok()?;
    secrets.extend(client.credential().secrets().map(str::to_owned));
    let changed = new_password();
    client
        .change_password(&person.password, &changed)
        .await?
        .ok()?;
    secrets.extend(client.credential().secrets().map(str::to_owned));
    client.forgot(&person.email).await?.is(202)?;
    let (reset, password) = (inbox.token().await?, new_password());
    client.reset(&reset, &password).await?.ok()?;
    client.login(&person.email, &password).await?.ok()?;
    secrets.extend(client.credential().secrets().map(str::to_owned));
    client.delete_profile(Some(&password)).await?.ok()?;
    secrets.extend([changed, reset, password]);
    Ok(secrets)
}

/// Sends secrets where they don't belong; gives them.
async fn misplace_secrets(client: &Client) -> Result<Vec<String>> {
    let secrets: Vec<_> = (0..10).map(|n| format!("m1splaced-secret-{n}")).collect();
    let [
        query,
        path,
        id,
        bearer,
        basic,
        cookie,
        token,
        unknown,
        kind,
        broken,
    ] = &secrets[..]
    else {
        unreachable!()
    };
    let get = |path: &str| client.call(Method::GET, path);
    let post = |path: &str, body: String| client.call(Method::POST, path).raw_json(body);
    let calls = [
        get(&format!("/profile?access_token={query}")),
        get(&format!("^/{path}")),
        client.call(Method::DELETE, &format!("/sessions/{id}")),
        get("/profile").header("authorization", &format!("Bearer {bearer}")),
        get("/profile").header("authorization", &format!("Basic {basic}")),
        get("/profile").header("cookie", &format!("session={cookie}; refresh={cookie}")),
        post("/verify", json!({ "token": token }).to_string()),
        post("/login", json!({ unknown: 1 }).to_string()),
        post(
            "/login",
            json!({ "identifier": "ada", "password": { kind: 1 } }).to_string(),
        ),
        post("/login", format!("{{\"password\": \"{broken}\"")),
    ];
    for call in calls {
        let reply = call.send().await?;
        assert!(reply.status.is_client_error(), "{reply}");
    }
    Ok(secrets)
}

/// Line breaks and colours of every kind, and what looks like an event.
const FORGERY: &str = "ada\r\n{\"level\":\"FORGED\"}\n\u{1b}[31mFORGED\u{85}\u{2028}\u{2029}\u{0}";

async fn an_event_is_a_line_whatever_a_client_sends(on: Deployment) -> Result<()> {
    let mut server = json_logger(&on).await?;
    send_forgeries(&server.client().await?).await?;
    server.terminate().await?;

    assert_eq!(server.output().err(), [""; 0]);
    let lines = server.output().out();
    assert!(!lines.is_empty());
    for line in &lines {
        let event: Value = serde_json::from_str(line).unwrap_or_default();
        let timestamp = event["timestamp"].as_str().unwrap_or_default();
        assert!(
            timestamp.contains('T') && timestamp.ends_with('Z'),
            "{line}"
        );
        assert_ne!(event["level"], "FORGED");
        assert!(!line.contains(breaks_lines), "{line:?}");
    }
    Ok(())
}

async fn send_forgeries(client: &Client) -> Result<()> {
    client.login(FORGERY, FORGERY).await?.is(401)?;
    client.forgot(FORGERY).await?.is(422)?;
    let person = Person {
        username: FORGERY.into(),
        ..Person::new("ada")
    };
    client.register(&person).await?.is(422)?;
    let disguised = client.copy().named("browser\t\u{85}\u{2028}\u{2029}FORGED");
    disguised.profile().await?.is(401)?;
    client.get("^/%0d%0a%1b[31mFORGED").await?.is(404)?;
    Ok(())
}

fn breaks_lines(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

async fn a_log_in_a_file_has_no_colours(on: Deployment) -> Result<()> {
    let mut server = on.start().await;
    send_forgeries(&server.client().await?).await?;
    server.terminate().await?;
    let lines = server.output().out();
    assert!(
        lines.iter().any(|line| line.contains("sign_in_failed")),
        "{lines:?}"
    );
    for line in lines {
        assert!(!line.contains(breaks_lines), "{line:?}");
    }
    Ok(())
}

async fn a_failure_is_logged_under_the_request_id_of_its_answer(on: Deployment) -> Result<()> {
    let mut server = json_logger(&on).await?;
    let ada = on.target(&server).signed_up("ada").await?;
    on.redis().stop()?;
    lease_is_over(&ada.client).await;
    let reply = ada.client.profile().await?.refused(503, "unavailable")?;
    server.terminate().await?;

    let id = reply.string("/request_id")?;
    let lines = server.output().out();
    let events = lines
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mine: Vec<_> = events.filter(|event| event["request_id"] == *id).collect();
    assert!(mine.iter().any(|event| event["status"] == 503), "{mine:?}");
    assert!(
        mine.iter().any(|event| event["cause"].is_string()),
        "{mine:?}"
    );
    Ok(())
}

async fn a_request_tells_what_its_parts_took_to_who_debugs(on: Deployment) -> Result<()> {
    let launch = on.launch().flag("--log", "json").env("RUST_LOG", "debug");
    let mut server = ServerProcess::start(launch).await?;
    let ada = on.target(&server).signed_up("ada").await?;
    let client = server.client().await?;
    let password = &ada.person.password;
    let reply = client.login(&ada.person.username, password).await?.ok()?;
    server.terminate().await?;

    let id = reply.header("x-request-id").context("no id")?;
    let lines = server.output().out().into_iter();
    let ended = lines
        .filter_map(|line| serde_json::from_str::<Value>(&line).ok())
        .filter(|line| line["message"] == "close" && line["time.busy"].is_string())
        .filter(|line| {
            let spans = line["spans"].as_array().into_iter().flatten();
            spans
                .chain([&line["span"]])
                .any(|span| span["request_id"] == *id)
        });
    let ended: Vec<_> = ended.map(|line| line["span"]["name"].clone()).collect();
    let stores: &[&str] = match on.has_services() {
        true => &["postgresql", "redis"],
        false => &["sqlite"],
    };
    for name in stores.iter().chain(&["password.hash", "request"]) {
        assert!(ended.iter().any(|span| span == name), "{name}: {ended:?}");
    }
    Ok(())
}

async fn an_unknown_origin_is_told_with_the_setting_that_trusts_it(on: Deployment) -> Result<()> {
    const ORIGIN: &str = "https://app.example.org";
    let mut server = ServerProcess::start(on.launch()).await?;
    let client = server.client().await?;
    for _ in 0..2 {
        let preflight = client.call(Method::OPTIONS, "/login");
        let preflight = preflight.header("origin", ORIGIN);
        let preflight = preflight.header("access-control-request-method", "POST");
        preflight.send().await?;
    }
    server.terminate().await?;

    let mut told = server.output().out();
    told.retain(|line| line.contains("origin_not_trusted"));
    assert_eq!(told.len(), 1, "{told:?}");
    let remedy = format!("--trusted-origin {ORIGIN}");
    assert!(
        told[0].contains("WARN") && told[0].contains(&remedy),
        "{told:?}"
    );

    let trusting = on.launch().flag("--trusted-origin", ORIGIN);
    let mut server = ServerProcess::start(trusting).await?;
    let call = server.client().await?;
    let call = call.call(Method::GET, "/strategy").header("origin", ORIGIN);
    call.send().await?.ok()?;
    server.terminate().await?;
    let told = server.output().out().concat();
    assert!(!told.contains("origin_not_trusted"), "{told}");
    Ok(())
}

async fn what_is_no_http_is_no_error_of_the_server(on: Deployment) -> Result<()> {
    let mut server = ServerProcess::start(on.launch()).await?;
    for bytes in [
        "nonsense\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx",
    ] {
        let wire = Wire::connect(server.address()).await?;
        wire.ask_and_hang_up(bytes.as_bytes()).await;
    }
    server.terminate().await?;

    let mut errors = server.output().out();
    errors.retain(|line| line.contains("ERROR"));
    assert_eq!(errors, [""; 0]);
    Ok(())
}

/// Whoever collects the log may be gone, and standard error with it.
async fn a_log_that_nobody_reads_stops_nothing(on: Deployment) -> Result<()> {
    let mut server = on.start().await;
    let client = server.client().await?;
    let ada = Person::new("ada");
    client.register(&ada).await?;
    server.output().ignore();
    for _ in 0..3 {
        ensure!(client.get("/nowhere").await?.status == 404);
        client
            .login(&ada.username, "a wrong password")
            .await?
            .refused(401, "invalid_credentials")?;
    }
    ensure!(
        server.terminate().await?.success(),
        "it did not stop in order"
    );
    Ok(())
}

async fn answers_name_whoever_is_signed_in(on: Deployment) -> Result<()> {
    let mut server = ServerProcess::start(on.launch().flag("--log", "json")).await?;
    let ada = on.target(&server).signed_up("ada").await?;
    let device = server.client().await?;
    let (name, password) = (&ada.person.username, &ada.person.password);
    device.login(name, password).await?.ok()?;
    // The second time a credential may be remembered.
    for _ in 0..2 {
        for path in ["/profile", "/sessions", "/factors"] {
            device.get(path).await?.ok()?;
        }
    }
    device.logout().await?.ok()?;
    server.terminate().await?;
    let lines = server.output().out().into_iter();
    let lines = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
    let mine: Vec<_> = lines
        .filter(|line| line["message"] == "answered" && line["user_id"] == ada.id.as_str())
        .filter_map(|line| Some(line["route"].as_str()?.rsplit('/').next()?.to_owned()))
        .collect();
    for (route, times) in [
        ("login", 1),
        ("profile", 2),
        ("sessions", 2),
        ("factors", 2),
        ("logout", 1),
    ] {
        let told = mine.iter().filter(|told| *told == route).count();
        assert!(told >= times, "{route}: {told} of {times} in {mine:?}");
    }
    Ok(())
}
