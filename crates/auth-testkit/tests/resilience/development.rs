//! What there is in development only, and from where it is reached.

use anyhow::{Result, ensure};
use auth_testkit::process::{Launch, Program, ServerProcess};
use reqwest::header::HOST;
use tempfile::TempDir;

/// A development server, and what it answers at a path to whoever calls it by a name.
async fn answers(server: &ServerProcess, path: &str, host: &str) -> Result<u16> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("http://{}{path}", server.address());
    let answer = http.get(url).header(HOST, host).send().await?;
    Ok(answer.status().as_u16())
}

fn launch(program: Program, data: &TempDir) -> Launch {
    Launch::quick(program).flag("--data-dir", data.path().display())
}

const PAGES: [&str; 3] = [
    "/dev/mailbox",
    "/dev/mailbox.json",
    "/dev/provider/.well-known/openid-configuration",
];

#[tokio::test(flavor = "multi_thread")]
async fn development_pages_answer_to_localhost_only() -> Result<()> {
    let data = TempDir::new()?;
    let server = ServerProcess::start(launch(Program::OauthServer, &data)).await?;
    for path in PAGES {
        ensure!(
            answers(&server, path, "localhost:4003").await? == 200,
            "{path}"
        );
        for host in [
            "rebound.example",
            "rebound.example:4003",
            "192.168.0.7:4003",
        ] {
            let status = answers(&server, path, host).await?;
            ensure!(status == 404, "{path} for {host}: {status}");
        }
        let spelled = path.replace("/dev", "/%64ev");
        ensure!(answers(&server, &spelled, "rebound.example").await? == 404);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_others_reach_has_no_development_pages() -> Result<()> {
    let data = TempDir::new()?;
    let public =
        launch(Program::SessionServer, &data).flag("--public-url", "https://auth.example.org");
    let server = ServerProcess::start(public).await?;
    for path in PAGES {
        ensure!(answers(&server, path, "localhost").await? == 404, "{path}");
    }
    let warned = server.output().line(|line| line.contains("--mail dev"));
    warned.await?;

    let provider = launch(Program::SessionServer, &data)
        .flag("--provider", "dev")
        .flag("--bind", "0.0.0.0:0");
    let ended = provider.run().await?;
    ensure!(!ended.status.success());
    ensure!(
        ended.output.tail().contains("this machine only"),
        "{}",
        ended.output.tail()
    );
    Ok(())
}
