//! Second factors as operators set them, and what is kept of them.

use std::fs;

use anyhow::{Result, ensure};
use auth_testkit::authenticator::{App, Waiting, add_app, texts};
use auth_testkit::process::{Program, ServerProcess};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::deployment::{Deployment, eventually};
use crate::on;
use crate::redis::ask;
use crate::startup::{plain, refuses};

on! {
    who_has_to_have_one_adds_it_to_sign_in: session_on_sqlite, jwt_on_services;
    there_is_time_to_add_one: session_on_sqlite;
    off_keeps_whoever_has_one_safe: session_on_sqlite, jwt_on_sqlite;
    an_operator_can_want_one_of_an_account: session_on_sqlite;
    an_operator_removes_what_is_lost_after_a_while: session_on_sqlite, jwt_on_services;
    whoever_uses_a_factor_has_not_lost_it: jwt_on_sqlite;
    the_stores_hold_no_seed_and_no_recovery_code: session_on_sqlite, jwt_on_services;
    seeds_are_encrypted_anew_under_another_key: session_on_sqlite, session_on_services;
    a_server_without_the_key_does_not_start: session_on_sqlite;
    a_server_without_the_key_offers_no_app: jwt_on_sqlite;
}

/// Signs somebody in who has to add an app first.
async fn add_on_the_way(client: &auth_testkit::Client, waiting: &Waiting) -> Result<App> {
    ensure!(waiting.methods == ["add_totp"], "{waiting:?}");
    let options = json!({ "pending": waiting.id });
    let options = client.post("/login/factor/options", &options).await?.ok()?;
    let app = App::new(&options.string("/totp/secret")?);
    let wrong = app.wrong_code().await?;
    waiting
        .end(client, "add_totp", &wrong)
        .await?
        .refused(401, "invalid_factor")?;
    let grant = waiting
        .end(client, "add_totp", &app.code().await?)
        .await?
        .ok()?;
    let codes = texts(&grant.json()["recovery_codes"]);
    ensure!(codes.len() == 10, "{codes:?}");
    client.profile().await?.ok()?;
    Ok(app)
}

async fn who_has_to_have_one_adds_it_to_sign_in(on: Deployment) -> Result<()> {
    let launch = on.launch().flag("--second-factor", "required");
    let server = ServerProcess::start(launch.flag("--second-factor-grace", "0s")).await?;
    let target = on.target(&server);
    let person = auth_testkit::account::Person::new("ada");
    let token = target.registered_with_token(&person).await?;
    let client = target.client().await?;
    let reply = client.confirm(&token, &person.password).await?.ok()?;
    client.profile().await?.unauthenticated()?;
    let app = add_on_the_way(&client, &Waiting::of(&reply)?).await?;
    // It is there from now on, and stays.
    let other = target.client().await?;
    let reply = other.login(&person.username, &person.password).await?;
    let waiting = Waiting::of(&reply)?;
    ensure!(waiting.methods == ["totp", "recovery_code"], "{waiting:?}");
    let again = waiting.end(&other, "add_totp", &app.code().await?).await?;
    again.refused(401, "invalid_factor")?;
    waiting
        .end(&other, "totp", &app.code().await?)
        .await?
        .ok()?;
    let held = other.get("/factors").await?.ok()?;
    ensure!(held.json()["required"] == true, "{held}");
    let path = format!("/factors/{}", held.string("/factors/0/id")?);
    let call = other.call(reqwest::Method::DELETE, &path);
    let reply = call.json(&json!({})).send().await?;
    reply.refused(409, "last_factor")?;
    Ok(())
}

async fn there_is_time_to_add_one(on: Deployment) -> Result<()> {
    let launch = on.launch().flag("--second-factor", "required");
    let mut server = ServerProcess::start(launch).await?;
    let target = on.target(&server);
    let ada = target.signed_up("ada").await?;
    let held = ada.client.get("/factors").await?.ok()?;
    ensure!(held.json()["grace_until"].is_string(), "{held}");
    server.restart_with("--second-factor-grace", "0s").await?;
    let target = on.target(&server);
    let (client, waiting) = target.half_signed_in(&ada).await?;
    add_on_the_way(&client, &waiting).await?;
    Ok(())
}

async fn off_keeps_whoever_has_one_safe(on: Deployment) -> Result<()> {
    let mut server = on.start().await;
    let target = on.target(&server);
    let (ada, added) = target.with_app("ada").await?;
    server.restart_with("--second-factor", "off").await?;
    let target = on.target(&server);
    let strategy = target.client().await?.get("/strategy").await?.ok()?;
    ensure!(
        strategy.json()["factors"]["second_factor"] == "off",
        "{strategy}"
    );
    ensure!(
        strategy.json()["factors"]["methods"] == json!([]),
        "{strategy}"
    );
    let (client, waiting) = target.half_signed_in(&ada).await?;
    waiting
        .end(&client, "totp", &added.app.code().await?)
        .await?
        .ok()?;
    for path in ["/factors/totp", "/factors/passkeys"] {
        client
            .post(path, &json!({}))
            .await?
            .refused(404, "not_found")?;
    }
    let call = client.call(reqwest::Method::DELETE, &format!("/factors/{}", added.id));
    call.json(&json!({})).send().await?.ok()?;
    target.signed_in_by_password(ada.person).await?;
    Ok(())
}

async fn an_operator_can_want_one_of_an_account(on: Deployment) -> Result<()> {
    let launch = on.launch().flag("--second-factor-grace", "0s");
    let server = ServerProcess::start(launch).await?;
    let target = on.target(&server);
    let ada = target.signed_up("ada").await?;
    let name = &ada.person.username;
    on.authctl(&["user", "require-factor", name]).await;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    ensure!(waiting.methods == ["add_totp"], "{waiting:?}");
    client.profile().await?.unauthenticated()?;
    target.still_in(&ada.client).await?;
    on.authctl(&["user", "require-factor", name, "--not"]).await;
    target.signed_in_by_password(ada.person.clone()).await?;
    Ok(())
}

async fn an_operator_removes_what_is_lost_after_a_while(on: Deployment) -> Result<()> {
    let server = on.start().await;
    let target = on.target(&server);
    let (ada, added) = target.with_app("ada").await?;
    let name = &ada.person.username;
    let mut inbox = target.inbox(&ada.person.email).await?;
    on.authctl(&["user", "reset-factors", name, "--yes"]).await;
    inbox
        .next(&|mail| mail.subject.contains("will be removed"))
        .await?;
    // Not yet.
    target.half_signed_in(&ada).await?;
    let shown = on.authctl(&["user", "factors", name, "--json"]).await;
    let shown: Value = serde_json::from_str(&shown.output.out().concat())?;
    ensure!(shown["removed_at"].is_string() && shown["factors"][0]["id"] == *added.id);
    on.authctl(&["user", "reset-factors", name, "--yes", "--delay", "0s"])
        .await;
    let again = target.signed_in_by_password(ada.person.clone()).await?;
    let none = json!({ "factors": [], "recovery_codes": 0, "required": false });
    eventually("the end of the factors", async || {
        let held = again.client.get("/factors").await.unwrap();
        *held.json() == none
    })
    .await;
    let new = add_app(&again.client, Some(&ada.person.password)).await?;
    ensure!(on.trail("factors_reset").await?.len() == 1);
    let planned = on.trail("admin_factor_reset_scheduled").await?;
    ensure!(planned.len() == 2 && planned[0]["details"]["at"].is_string());
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let old = waiting
        .end(&client, "totp", &added.app.code().await?)
        .await?;
    old.refused(401, "invalid_factor")?;
    waiting
        .end(&client, "totp", &new.app.code().await?)
        .await?
        .ok()?;
    Ok(())
}

async fn whoever_uses_a_factor_has_not_lost_it(on: Deployment) -> Result<()> {
    let server = on.start().await;
    let target = on.target(&server);
    let (ada, added) = target.with_app("ada").await?;
    let name = &ada.person.username;
    on.authctl(&["user", "reset-factors", name, "--yes"]).await;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    waiting
        .end(&client, "totp", &added.app.code().await?)
        .await?
        .ok()?;
    let held = client.get("/factors").await?.ok()?;
    ensure!(held.json().get("removed_at").is_none(), "{held}");
    let kept = on.trail("factors_kept").await?;
    ensure!(kept.len() == 1 && kept[0]["user_id"] == *ada.id, "{kept:?}");
    on.authctl(&["user", "reset-factors", name, "--yes"]).await;
    on.authctl(&["user", "reset-factors", name, "--cancel"])
        .await;
    let held = client.get("/factors").await?.ok()?;
    ensure!(held.json().get("removed_at").is_none(), "{held}");
    Ok(())
}

/// Everything that the stores hold, as bytes.
async fn dump(on: &Deployment) -> Result<Vec<u8>> {
    let mut all = vec![];
    for entry in fs::read_dir(on.folder())? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|it| it == "db" || it == "db-wal")
        {
            all.extend(fs::read(path)?);
        }
    }
    if on.has_services() {
        all.extend(on.all_rows().await?);
        for key in ask(on.redis(), "KEYS *").await?.split_whitespace() {
            all.extend(key.bytes());
            all.extend(
                ask(on.redis(), &format!("DUMP {key}"))
                    .await
                    .unwrap_or_default()
                    .bytes(),
            );
        }
    }
    ensure!(!all.is_empty());
    Ok(all)
}

async fn the_stores_hold_no_seed_and_no_recovery_code(on: Deployment) -> Result<()> {
    let mut server = on.start().await;
    let target = on.target(&server);
    let ada = target.signed_up("ada").await?;
    let body = json!({ "current_password": ada.person.password });
    let begun = ada.client.post("/factors/totp", &body).await?.ok()?;
    let secret = begun.string("/secret")?;
    let app = App::new(&secret);
    let confirm = json!({ "id": begun.string("/id")?, "code": app.code().await? });
    let added = ada
        .client
        .post("/factors/totp/confirm", &confirm)
        .await?
        .is(201)?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let stores = dump(&on).await?;
    let holds = |text: &str| stores.windows(text.len()).any(|it| it == text.as_bytes());
    // It looks where everything is.
    ensure!(holds(&ada.person.username));
    let seed = totp_rs::Secret::try_from_base32(&secret);
    let seed = seed.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let raw = seed.as_ref();
    ensure!(!stores.windows(raw.len()).any(|it| it == raw), "a seed");
    let hex: String = raw.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut secrets = vec![secret, hex, begun.string("/id")?, waiting.id.clone()];
    for code in texts(&added.json()["recovery_codes"]) {
        secrets.push(code.replace('-', ""));
        secrets.push(code);
    }
    for secret in secrets {
        ensure!(!holds(&secret), "{secret} is in a store");
    }
    waiting
        .end(&client, "totp", &app.code().await?)
        .await?
        .ok()?;
    server.terminate().await?;
    Ok(())
}

async fn new_key(on: &Deployment) -> String {
    let printed = on.authctl(&["encryption", "new-key"]).await;
    printed.output.out().concat().trim().to_owned()
}

async fn seeds_are_encrypted_anew_under_another_key(on: Deployment) -> Result<()> {
    let (old, new) = (new_key(&on).await, new_key(&on).await);
    let file = on.write("encryption", &format!("{old}\n"))?;
    let shown = file.display().to_string();
    let mut server =
        ServerProcess::start(on.launch().flag("--encryption-key-file", &shown)).await?;
    let (ada, added) = on.target(&server).with_app("ada").await?;
    for keys in [format!("{old}\n{new}\n"), format!("{new}\n{old}\n")] {
        fs::write(&file, keys)?;
        server.restart().await?;
    }
    on.authctl(&["encryption", "rotate", "--encryption-key-file", &shown])
        .await;
    fs::write(&file, format!("{new}\n"))?;
    server.restart().await?;
    let target = on.target(&server);
    let (client, waiting) = target.half_signed_in(&ada).await?;
    waiting
        .end(&client, "totp", &added.app.code().await?)
        .await?
        .ok()?;
    Ok(())
}

async fn a_server_without_the_key_does_not_start(on: Deployment) -> Result<()> {
    let mut server = on.start().await;
    on.target(&server).with_app("ada").await?;
    server.terminate().await?;
    let file = on.write("encryption", &format!("{}\n", new_key(&on).await))?;
    let launch = on.launch().flag("--encryption-key-file", file.display());
    refuses("--encryption-key-file", launch).await;
    on.start().await;
    Ok(())
}

/// As long as nobody has an app, a server with a key of its own goes on without.
async fn a_server_without_the_key_offers_no_app(on: Deployment) -> Result<()> {
    let mut server = on.start().await;
    server.terminate().await?;
    let file = on.write("encryption", &format!("{}\n", new_key(&on).await))?;
    let launch = on.launch().flag("--encryption-key-file", file.display());
    let mut server = ServerProcess::start(launch).await?;
    let target = on.target(&server);
    let ada = target.signed_up("ada").await?;
    let strategy = ada.client.get("/strategy").await?.ok()?;
    ensure!(
        strategy.json()["factors"]["methods"] == json!(["passkey"]),
        "{strategy}"
    );
    let body = json!({ "current_password": ada.person.password });
    let reply = ada.client.post("/factors/totp", &body).await?;
    reply.refused(503, "unavailable")?;
    server.terminate().await?;
    let told = server.output().out().concat();
    ensure!(told.contains("the same --encryption-key-file"), "{told}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_can_not_be_are_named() {
    let data = TempDir::new().unwrap();
    let launch = || plain(Program::SessionServer, data.path());
    let nowhere = data.path().join("nowhere");
    for (flag, value) in [
        ("--encryption-key-file", nowhere.display().to_string()),
        ("--second-factor", "sometimes".to_owned()),
        ("--passwordless", "sms".to_owned()),
        ("--trusted-device", "2y".to_owned()),
    ] {
        refuses(flag, launch().flag(flag, value)).await;
    }
    let empty = data.path().join("empty");
    fs::write(&empty, "# nothing\n").unwrap();
    refuses(
        "--encryption-key-file",
        launch().flag("--encryption-key-file", empty.display()),
    )
    .await;
    refuses(
        "--passkey-domain",
        launch().flag("--passkey-domain", "example.org"),
    )
    .await;
}
