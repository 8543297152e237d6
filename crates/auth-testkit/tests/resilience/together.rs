//! `authctl up`: the three servers in one process.

use std::net::TcpListener;

use anyhow::{Context as _, Result};
use auth_testkit::Client;
use auth_testkit::account::Person;
use auth_testkit::process::{Launch, Program, ServerProcess};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::deployment::bounded;

fn launch(data: &TempDir, ports: [u16; 3]) -> Launch {
    let ports_text = ports.map(|port| port.to_string()).join(",");
    Launch::quick(Program::Authctl)
        .words(["up"])
        .flag("--ports", ports_text)
        .flag("--verification", "optional")
        .flag("--data-dir", data.path().display())
}

async fn up(data: &TempDir, ports: [u16; 3]) -> Result<ServerProcess> {
    ServerProcess::start_on(launch(data, ports), ports[2]).await
}

fn free_ports() -> Result<[u16; 3]> {
    Ok([
        test_services::free_port()?,
        test_services::free_port()?,
        test_services::free_port()?,
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn they_share_their_users_and_stop_together_on_ctrl_c() -> Result<()> {
    bounded(async {
        let (data, ports) = (TempDir::new()?, free_ports()?);
        let mut servers = up(&data, ports).await?;
        let ada = Person::new("ada");
        servers.client().await?.register(&ada).await?.is(201)?;
        for port in ports {
            let url = format!("http://127.0.0.1:{port}/api/auth").parse()?;
            let client = Client::connect(&url, None).await?;
            client.login(&ada.username, &ada.password).await?.ok()?;
            client.profile().await?.ok()?;
        }
        servers.signal(Signal::HUP)?;
        let told = |line: &str| line.contains("SIGHUP changes nothing here");
        servers.output().line(told).await?;
        servers.signal(Signal::INT)?;
        assert_eq!(servers.end().await?.code(), Some(0));
        for port in ports {
            TcpListener::bind(("127.0.0.1", port))?;
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_port_in_use_keeps_all_from_starting() -> Result<()> {
    bounded(async {
        let (data, mut ports) = (TempDir::new()?, free_ports()?);
        let taken = TcpListener::bind("127.0.0.1:0")?;
        ports[1] = taken.local_addr()?.port();
        let failure = format!("{:#}", up(&data, ports).await.unwrap_err());
        let told = format!("127.0.0.1:{} can't be listened on", ports[1]);
        assert!(failure.contains(&told), "{failure}");
        assert!(failure.contains("such as --ports "), "{failure}");
        TcpListener::bind(("127.0.0.1", ports[0]))?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn their_log_is_json_and_their_metrics_have_a_port_each() -> Result<()> {
    bounded(async {
        let (data, ports) = (TempDir::new()?, free_ports()?);
        let metrics = loop {
            // Those behind it are taken too, so that no other test gets them meanwhile.
            let first = test_services::free_port()?;
            let (second, third) = (test_services::free_port()?, test_services::free_port()?);
            if (second, third) == (first + 1, first + 2) {
                break first;
            }
        };
        let launch = launch(&data, ports)
            .flag("--log", "json")
            .flag("--metrics-bind", format!("127.0.0.1:{metrics}"));
        let mut servers = ServerProcess::start_on(launch, ports[2]).await?;
        for port in metrics..metrics + 3 {
            std::net::TcpStream::connect(("127.0.0.1", port))?;
        }
        servers.signal(Signal::INT)?;
        assert_eq!(servers.end().await?.code(), Some(0));
        for line in servers.output().out() {
            serde_json::from_str::<serde_json::Value>(&line).with_context(|| line.clone())?;
        }
        Ok(())
    })
    .await
}
