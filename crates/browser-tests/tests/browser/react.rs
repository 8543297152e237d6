//! The React hooks, and the example that is made with them.

use std::fs;

use anyhow::Result;
use auth_testkit::account::Person;
use serde_json::json;
use test_services::given;

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

async fn the_example_signs_in_on_every_server(visit: Visit) -> Result<()> {
    if given(REACT, "the_example_signs_in_on_every_server").is_none() {
        return Ok(());
    }
    let (browser, project) = (&visit.browser, Project::new()?);
    let page = Local::files(&project.folder().join("dist"))?;
    let trusting = [("--trusted-origin", page.origin.as_str())];
    let servers = Together::start_with(&trusting).await?;
    let names = ["VITE_SESSION_URL", "VITE_JWT_URL", "VITE_OAUTH_URL"];
    let urls = servers
        .ports
        .map(|port| format!("http://localhost:{port}/api/auth"));
    let urls: Vec<_> = names.into_iter().zip(urls).collect();
    project.build(&urls)?;
    let person = Person::new("ada");
    let first = format!("http://localhost:{}", servers.ports[0]);
    target(&first)?.confirmed_by_mail(&person).await?;

    browser.open(&page.origin).await?;
    let name = format!("{} {}", person.first_name, person.last_name);
    for (strategy, format) in [("Session", "opaque"), ("JWT", "jwt")] {
        browser.press(&button(strategy)).await?;
        browser.sees(&any(format!("//dd[.=\"{format}\"]"))).await?;
        browser.sign_in(&person).await?;
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
