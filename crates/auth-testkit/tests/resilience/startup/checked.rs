//! What `authctl settings check` tells beforehand.

use auth_testkit::process::{Launch, Program, ServerProcess};
use serde_json::Value;
use tempfile::TempDir;

use super::{plain, refuses};

/// What is wrong between settings of a server, as far as it shows before a store is opened.
const CONTRADICTIONS: [(Program, &str, &str); 6] = [
    (Program::SessionServer, "--bridge", "session"),
    (Program::SessionServer, "--shadow", "session"),
    (Program::JwtServer, "--bridge", "jwt"),
    (Program::OauthServer, "--bridge", "session"),
    (Program::SessionServer, "--session-store", "redis://"),
    (Program::JwtServer, "--metrics-bind", "127.0.0.1:9"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_check_refuses_in_the_words_of_the_server() {
    let data = TempDir::new().unwrap();
    for (server, flag, value) in CONTRADICTIONS {
        let set = |launch: Launch| {
            let launch = launch.flag("--data-dir", data.path().display());
            launch.flag("--bind", "127.0.0.1:9").flag(flag, value)
        };
        let name = server.name().trim_end_matches("-server");
        let check = ["settings", "check", "--json", "--server", name];
        let checked = set(Launch::of(Program::Authctl).words(check));
        let checked = checked.run().await.unwrap().output.out().concat();
        let found: Value = serde_json::from_str(&checked).unwrap();
        let problem = found["problems"][0].as_str().unwrap().to_owned();
        let mut launch = set(Launch::of(server));
        if flag != "--metrics-bind" {
            launch = launch.flag("--bind", "127.0.0.1:0");
        }
        refuses(&problem, launch).await;
    }
}

/// Another one may be meant for somebody else.
#[tokio::test(flavor = "multi_thread")]
async fn a_variable_without_effect_is_warned_of() {
    let data = TempDir::new().unwrap();
    let launch = plain(Program::SessionServer, data.path());
    let launch = launch.env("AUTH_TRUSTED_PROXIES", "10.0.0.0/8");
    let server = ServerProcess::start(launch).await.unwrap();
    let warned = |line: &str| line.contains("AUTH_TRUSTED_PROXIES is no setting");
    server.output().line(warned).await.unwrap();
}
