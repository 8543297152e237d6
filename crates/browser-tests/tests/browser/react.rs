//! The React hooks, and the example that is made with them.

use std::fs;

use anyhow::Result;
use auth_testkit::account::Person;
use serde_json::json;
use test_services::given;

use crate::app::App;
use crate::case::{Visit, cases};
use crate::environment::REACT;
use crate::local::Local;
use crate::locate::{any, button, field, heading, main};
use crate::project::Project;
use crate::provider::continue_with;
use crate::servers::target;
use crate::together::Together;

cases!(
    every_component_sees_the_same_by_one_subscription,
    the_example_signs_in_on_every_server,
    the_example_takes_the_second_step,
);

async fn every_component_sees_the_same_by_one_subscription(visit: Visit) -> Result<()> {
    if given(REACT, "every_component_sees_the_same_by_one_subscription").is_none() {
        return Ok(());
    }
    let project = Project::new()?;
    fs::write(
        project.folder().join("hooks.mjs"),
        include_str!("node/hooks.mjs"),
    )?;
    let bundle = [
        "hooks.mjs",
        "--bundle",
        "--format=esm",
        "--outfile=dist/hooks.js",
    ];
    project.node("node_modules/esbuild/bin/esbuild", &bundle)?;
    let dist = project.folder().join("dist");
    fs::write(
        dist.join("index.html"),
        "<!doctype html><link rel=icon href=data:,>",
    )?;
    let page = Local::files(&dist)?;
    visit.browser.open(&page.origin).await?;
    let script = "return import('/hooks.js').then(({ run }) => run());";
    let told = visit.browser.script(script).await?;
    assert_eq!(
        told["seen"],
        json!([
            "loading -",
            "signed-in ada",
            "signed-in grace",
            "signed-out -"
        ])
    );
    assert_eq!(told["torn"], json!([]));
    assert_eq!((&told["most"], &told["resumed"]), (&json!(1), &json!(1)));
    assert_eq!(told["missed"], "signed-in ada");
    assert_eq!(told["failed"], "unreachable -");
    assert_eq!(told["retried"], "signed-in ada");
    Ok(())
}

/// The example, the servers that it knows, and somebody with an account.
struct Example {
    page: Local,
    servers: Together,
    person: Person,
    _project: Project,
}

impl Example {
    async fn start() -> Result<Self> {
        let project = Project::new()?;
        let page = Local::files(&project.folder().join("dist"))?;
        let trusting = [("--trusted-origin", page.origin.as_str())];
        let servers = Together::start_with(&trusting).await?;
        let names = ["VITE_SESSION_URL", "VITE_JWT_URL", "VITE_OAUTH_URL"];
        let urls = servers
            .ports
            .map(|port| format!("http://localhost:{port}/api/auth"));
        let urls: Vec<_> = names.into_iter().zip(urls).collect();
        project.build(&urls)?;
        let example = Self {
            page,
            servers,
            person: Person::new("ada"),
            _project: project,
        };
        let target = target(&example.first_server())?;
        target.confirmed_by_mail(&example.person).await?;
        Ok(example)
    }

    fn first_server(&self) -> String {
        format!("http://localhost:{}", self.servers.ports[0])
    }

    /// Gives the person an authenticator app.
    async fn with_app(&self) -> Result<App> {
        let client = target(&self.first_server())?.client().await?;
        let Person {
            username, password, ..
        } = &self.person;
        client.login(username, password).await?.ok()?;
        let begun = client.post("/factors/totp", &json!({})).await?.ok()?;
        let text = |name: &str| begun.json()[name].as_str().unwrap_or_default().to_owned();
        let mut app = App::with_key(&text("secret"))?;
        let confirmation = json!({ "id": text("id"), "code": app.code().await? });
        let added = client.post("/factors/totp/confirm", &confirmation).await?;
        added.is(201)?;
        Ok(app)
    }
}

async fn the_example_takes_the_second_step(visit: Visit) -> Result<()> {
    if given(REACT, "the_example_takes_the_second_step").is_none() {
        return Ok(());
    }
    let (browser, example) = (&visit.browser, Example::start().await?);
    let mut app = example.with_app().await?;
    let person = &example.person;
    let name = format!("{} {}", person.first_name, person.last_name);
    browser.open(&example.page.origin).await?;
    for strategy in ["Session", "JWT"] {
        browser.press(&button(strategy)).await?;
        browser.sign_in(person).await?;
        browser.on("Second step").await?;
        browser.expect(401, "/login/factor");
        let code = field("Code of your authenticator app");
        let submit = button("Sign in").within(&main());
        browser.fill(&code, "000000").await?;
        browser.press(&submit).await?;
        browser.reads("This code is wrong").await?;
        browser.fill(&code, &app.code().await?).await?;
        browser.press(&submit).await?;
        browser.on(&name).await?;
    }
    browser.press(&button("Sign out").within(&main())).await?;
    browser.on("Sign in").await
}

async fn the_example_signs_in_on_every_server(visit: Visit) -> Result<()> {
    if given(REACT, "the_example_signs_in_on_every_server").is_none() {
        return Ok(());
    }
    let (browser, example) = (&visit.browser, Example::start().await?);
    let (page, person) = (&example.page, &example.person);

    browser.open(&page.origin).await?;
    let name = format!("{} {}", person.first_name, person.last_name);
    for (strategy, format) in [("Session", "opaque"), ("JWT", "jwt")] {
        browser.press(&button(strategy)).await?;
        browser.sees(&any(format!("//dd[.=\"{format}\"]"))).await?;
        browser.sign_in(person).await?;
        browser.on(&name).await?;
        browser.reload().await?;
        browser.on(&name).await?;
    }
    visit.looks_right("react").await?;
    // Each server has a sign-in of its own.
    browser.press(&button("Session")).await?;
    browser.on(&name).await?;
    browser.press(&button("Sign out").within(&main())).await?;
    browser.on("Sign in").await?;
    browser.press(&button("JWT")).await?;
    browser.on(&name).await?;

    browser.press(&button("OAuth")).await?;
    browser.press(&continue_with()).await?;
    let linus = Person::new("linus");
    browser.arrives_as(&linus).await?;
    browser
        .on(&format!("{} {}", linus.first_name, linus.last_name))
        .await?;
    browser.press(&button("Sign out").within(&main())).await?;
    browser.press(&button("I am new here")).await?;
    let grace = Person::new("grace");
    for (label, value) in [
        ("First name", &grace.first_name),
        ("Last name", &grace.last_name),
        ("Username", &grace.username),
        ("E-mail", &grace.email),
        ("Password", &grace.password),
    ] {
        browser.fill(&field(label), value).await?;
    }
    browser.press(&button("Create the account")).await?;
    browser.reads("A mail is on its way").await?;
    browser.misses(&heading(&name)).await
}
