//! Front ends that call an API of their own, and clients in workers.

use std::fs;
use std::sync::atomic::Ordering;

use anyhow::Result;
use auth_testkit::account::Person;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::case::{Visit, cases};
use crate::local::Local;
use crate::servers::{Own, Site, target};

cases!(
    an_api_is_sent_the_token_and_a_stranger_is_not,
    an_api_of_another_origin_is_sent_no_cookie,
    a_client_in_a_worker_stands_for_itself,
);

/// A front end of its own, at home on another origin than the server it signs in to.
struct FrontEnd {
    page: Local,
    server: Own,
    person: Person,
    _folder: TempDir,
}

impl FrontEnd {
    async fn start(site: Site) -> Result<Self> {
        let folder = TempDir::new()?;
        fs::write(
            folder.path().join("index.html"),
            "<!doctype html><link rel=icon href=data:,>",
        )?;
        let page = Local::files(folder.path())?;
        let launch = site.launch().flag("--trusted-origin", &page.origin);
        let (server, person) = (Own::start(launch).await?, Person::new("ada"));
        target(&server.origin)?.confirmed_by_mail(&person).await?;
        let worker = WORKER.replace("SERVER", &server.origin);
        fs::write(folder.path().join("worker.js"), worker)?;
        Ok(Self {
            page,
            server,
            person,
            _folder: folder,
        })
    }

    /// Runs a script with a client, `client`, of somebody who is signed in.
    async fn script(&self, visit: &Visit, apis: &Value, script: &str) -> Result<Value> {
        let (server, person) = (&self.server.origin, &self.person);
        let words = json!({ "identifier": person.username, "password": person.password });
        visit.browser.open(&self.page.origin).await?;
        let script = format!(
            "return import('{server}/client.js').then(async ({{ createClient }}) => {{
                const client = createClient('{server}/api/auth', {{ apis: {apis} }});
                await client.signIn({words});
                {script}
            }});"
        );
        visit.browser.script(&script).await
    }
}

/// What an API says of a change and of a redirect, and that what it refuses once is asked again.
const CALLS: &str = "
    const ask = async (url, init) => (await client.fetch(url, init)).json();
    const sent = await ask('API/v1/sent', { method: 'POST' });
    const away = await ask('API/v1/away?STRANGER/sent');
    const asked = [];
    client.on('exchange', ({ method, url }) => asked.push(`${method} ${new URL(url).pathname}`));
    const once = (await client.fetch('API/v1/once')).status;
    const refused = await client.fetch('STRANGER/sent').catch(({ name }) => name);
    return { id: client.user.id, sent, away, once, asked, refused };
";

async fn an_api_is_sent_the_token_and_a_stranger_is_not(visit: Visit) -> Result<()> {
    let front = FrontEnd::start(Site::Jwt).await?;
    let (api, stranger) = (Local::api()?, Local::api()?);
    let script = CALLS.replace("API", &api.origin);
    let script = script.replace("STRANGER", &stranger.origin);
    let apis = json!([format!("{}/v1/", api.origin)]);
    visit.browser.expect(401, "/v1/once");
    let told = front.script(&visit, &apis, &script).await?;
    let is_token = |value: &Value| value.as_str().is_some_and(|it| it.starts_with("Bearer ey"));
    assert!(is_token(&told["sent"]["authorization"]), "{told}");
    assert_eq!(told["sent"]["cookie"], Value::Null);
    assert_eq!(told["sent"]["if_user"], told["id"]);
    // The browser takes the token away where a redirect leaves the origin.
    assert_eq!(told["away"]["authorization"], Value::Null);
    assert_eq!(told["refused"], "TypeError");
    assert_eq!(told["once"], 200);
    let asked = ["GET /v1/once", "POST /api/auth/refresh", "GET /v1/once"];
    assert_eq!(told["asked"], json!(asked));
    Ok(())
}

/// Cookies know no ports: only what is asked for keeps them from an API on the same machine.
async fn an_api_of_another_origin_is_sent_no_cookie(visit: Visit) -> Result<()> {
    let (front, api) = (FrontEnd::start(Site::Session).await?, Local::api()?);
    let script = "
        const sent = await (await client.fetch('API/sent', { method: 'POST' })).json();
        const { status } = await client.fetch('API/refuse');
        return { id: client.user.id, sent, status, here: (await client.profile()).id };
    ";
    let apis = json!([api.origin]);
    visit.browser.expect(401, "/refuse");
    let script = script.replace("API", &api.origin);
    let told = front.script(&visit, &apis, &script).await?;
    assert_eq!(told["sent"]["authorization"], Value::Null);
    assert_eq!(told["sent"]["cookie"], Value::Null);
    assert_eq!(told["sent"]["if_user"], told["id"]);
    assert_eq!(told["status"], 401);
    assert_eq!(told["here"], told["id"]);
    assert_eq!(api.refused.load(Ordering::SeqCst), 1);
    Ok(())
}

/// Answers with what a client knows and gets here.
const WORKER: &str = "
    import { createClient } from 'SERVER/client.js';
    onmessage = async ({ ports: [port] }) => {
        const client = createClient('SERVER/api/auth');
        const [resumed, { strategy }] = [await client.resume(), await client.strategy()];
        const profile = await client.profile().catch(({ code }) => code);
        port.postMessage({ resumed, strategy, profile, user: client.user });
    };
";

/// Asks a worker and a service worker, and says who is signed in on the page then.
const ASK_WORKERS: &str = "
    const ask = (worker) => new Promise((done) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => done(data);
        worker.postMessage(null, [port2]);
    });
    const type = 'module';
    const worker = await ask(new Worker('/worker.js', { type }));
    await navigator.serviceWorker.register('/worker.js', { type });
    const service = await ask((await navigator.serviceWorker.ready).active);
    return { worker, service, user: client.user?.username };
";

async fn a_client_in_a_worker_stands_for_itself(visit: Visit) -> Result<()> {
    let front = FrontEnd::start(Site::Jwt).await?;
    let told = front.script(&visit, &json!([]), ASK_WORKERS).await?;
    let expected = json!({
        "resumed": null,
        "strategy": "jwt",
        "profile": "unauthenticated",
        "user": null,
    });
    assert_eq!(told["worker"], expected);
    assert_eq!(told["service"], expected);
    assert_eq!(told["user"], front.person.username.as_str());
    Ok(())
}
