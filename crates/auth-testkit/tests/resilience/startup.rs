//! A server that can't start says why in one sentence, and keeps secrets to itself.

mod checked;

use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use auth_testkit::process::{Ended, Launch, Program, ServerProcess};
use rustix::thread::{CapabilitySet, remove_capability_from_bounding_set};
use tempfile::TempDir;

/// In every URL that has a password.
pub const PASSWORD: &str = "hunter2";

const SERVERS: [Program; 3] = [
    Program::SessionServer,
    Program::JwtServer,
    Program::OauthServer,
];

/// Values that are no good by themselves.
const MISTAKES: [(&str, &str); 39] = [
    ("--env", "prod"),
    ("--env", "Production"),
    ("--bind", "localhost"),
    ("--public-url", "http://auth.example.org"),
    ("--public-url", "ftp://localhost"),
    ("--base-path", "api"),
    ("--base-path", "/health"),
    ("--base-path", "/sign-in"),
    ("--language", "fr"),
    ("--templates", "/nowhere"),
    ("--logo", "/nowhere/logo.svg"),
    ("--accent-color", "blue"),
    ("--link-imprint", "ftp://example.org/"),
    ("--trusted-origin", "*"),
    ("--trusted-proxy", "everyone"),
    (
        "--database-url",
        "postgres://me:hunter2@127.0.0.1:nope/auth",
    ),
    ("--database-url", "mysql://me:hunter2@127.0.0.1/auth"),
    ("--database-url", "postgres://me:hunter2@127.0.0.1:1/auth"),
    ("--database-url-file", "/nowhere/database_url"),
    ("--session-store", "redis://"),
    ("--session-store", "rediss:/me:hunter2@127.0.0.1"),
    ("--session-store", "redis://me:hunter2@127.0.0.1:nope"),
    ("--session-store", "redis://me:hunter2@127.0.0.1:1"),
    ("--mail", "smpt://me:hunter2@127.0.0.1"),
    ("--mail", "smtp://me:hunter2@127.0.0.1:nope"),
    ("--mail", "smtp://me:hunter2/x@127.0.0.1:25"),
    ("--mail", "smtp://me:hunter2#x@127.0.0.1:25"),
    ("--mail", "smtp://me:hunter2?x@127.0.0.1:25"),
    ("--mail-file", "/nowhere/mail_url"),
    ("--mail-from", "nobody at all"),
    ("--argon2", "fast"),
    ("--argon2", "m=4294967295,t=2,p=1"),
    ("--hash-queue", "18446744073709551615"),
    ("--hash-threads", "0"),
    ("--workers", "0"),
    ("--workers", "65536"),
    ("--database-pool", "0"),
    ("--session-idle", "30"),
    ("--limit-register-ip", "0/1h"),
];

/// Mistakes in what only servers with tokens are told.
const TOKEN_MISTAKES: [(&str, &str); 4] = [
    ("--access-ttl", "0s"),
    ("--jwt-remembered", "1000001"),
    ("--jwt-alg", "none"),
    ("--revocation", "never"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_setting_stops_the_start_with_a_sentence_that_names_it() {
    let data = TempDir::new().unwrap();
    for server in SERVERS {
        for (flag, value) in MISTAKES {
            let launch = plain(server, data.path()).flag(flag, value);
            refuses(flag, launch).await;
        }
    }
    for (flag, value) in TOKEN_MISTAKES {
        let launch = plain(Program::JwtServer, data.path()).flag(flag, value);
        refuses(flag, launch).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_has_the_settings_of_its_own_strategy_only() {
    let data = TempDir::new().unwrap();
    for server in [Program::SessionServer, Program::JwtServer] {
        let launch = plain(server, data.path()).flag("--issue", "jwt");
        refuses("unexpected argument", launch).await;
    }
    // It honours tokens where it is told to.
    for (flag, value) in TOKEN_MISTAKES {
        let launch = plain(Program::SessionServer, data.path()).flag(flag, value);
        refuses(flag, launch).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_environment_variable_is_named_by_its_flag() {
    let data = TempDir::new().unwrap();
    for server in SERVERS {
        let launch = plain(server, data.path()).env("AUTH_ENV", "prod");
        refuses("--env", launch).await;
        let url = "rediss:/me:hunter2@127.0.0.1";
        let launch = plain(server, data.path()).env("AUTH_SESSION_STORE", url);
        refuses("--session-store", launch).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn production_without_a_public_url_does_not_start() {
    let data = TempDir::new().unwrap();
    for server in SERVERS {
        let launch = plain(server, data.path()).flag("--env", "production");
        refuses("--public-url", launch.clone()).await;
        let launch = launch.flag("--public-url", "https://auth.example.org");
        refuses("--mail", launch).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_does_not_go_unnoticed() {
    let data = TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap();
    for server in SERVERS {
        for flag in ["--bind", "--metrics-bind"] {
            refuses(flag, plain(server, data.path()).flag(flag, taken)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_takes_connections_and_never_answers_is_named() {
    let data = TempDir::new().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap();
    for server in SERVERS {
        for (flag, scheme) in [("--database-url", "postgres"), ("--session-store", "redis")] {
            let url = format!("{scheme}://me:{PASSWORD}@{silent}");
            refuses(flag, plain(server, data.path()).flag(flag, url)).await;
        }
    }
}

/// A new version that does not start leaves the data to the old one.
#[tokio::test(flavor = "multi_thread")]
async fn no_database_is_made_under_a_bad_setting() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let faults = [
        ("--bind", &*taken),
        ("--metrics-bind", &*taken),
        ("--base-path", "/health"),
        ("--mail", "smpt://127.0.0.1"),
        ("--mail-file", "/nowhere/mail_url"),
        ("--mail-from", "nobody at all"),
        ("--provider", "oidc,id=acme,client_id=me"),
        ("--providers-file", "/nowhere/providers.toml"),
        ("--argon2", "m=4294967295,t=2,p=1"),
        ("--session-store-file", "/nowhere/session_store"),
        ("--session-store", "redis://127.0.0.1:1"),
    ];
    for server in SERVERS {
        for (flag, value) in faults {
            let data = TempDir::new().unwrap();
            refuses(flag, plain(server, data.path()).flag(flag, value)).await;
            assert!(!data.path().join("auth.db").exists(), "{flag} {value}");
        }
    }
    let data = TempDir::new().unwrap();
    let launch = plain(Program::JwtServer, data.path());
    refuses("--jwt-key-file", launch.flag("--jwt-key-file", "/nowhere")).await;
    assert!(!data.path().join("auth.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_can_not_be_written_is_named() {
    Program::SessionServer.path().unwrap();
    obey_permissions();
    let data = TempDir::new().unwrap();
    let launch = plain(Program::SessionServer, data.path());
    // Stopped in its first moments, a server may leave SQLite's log behind, which could still
    // be written.
    let left_behind = data.path().join("auth.db-wal");
    loop {
        let mut server = ServerProcess::start(launch.clone()).await.unwrap();
        server.terminate().await.unwrap();
        if !left_behind.exists() {
            break;
        }
    }

    let allow = |folder, file| {
        let set = |path: &Path, mode| {
            std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        };
        set(data.path(), folder);
        set(&data.path().join("auth.db"), file);
    };
    for (folder, file) in [(0o700, 0o400), (0o500, 0o400), (0o500, 0o600)] {
        allow(folder, file);
        refuses("--database-url", launch.clone()).await;
    }
    allow(0o700, 0o600);
    ServerProcess::start(launch).await.unwrap();
}

/// From now on, what this thread starts may do with files what their permissions say, even
/// if it belongs to root.
fn obey_permissions() {
    if rustix::process::geteuid().is_root() {
        remove_capability_from_bounding_set(CapabilitySet::DAC_OVERRIDE).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_can_not_be_used_are_named() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("file");
    std::fs::write(
        &file,
        "neither a folder nor a database, nor a key\n".repeat(100),
    )
    .unwrap();
    let file = file.display();
    for server in SERVERS {
        for (flag, value) in [
            ("--data-dir", format!("{file}/inside")),
            ("--database-url", format!("sqlite:{file}")),
            ("--database-url", format!("sqlite:{file}/inside")),
            ("--mail", format!("file:{file}/inside")),
        ] {
            refuses(flag, plain(server, data.path()).flag(flag, value)).await;
        }
    }
    for value in [file.to_string(), "/nowhere/key.pem".into()] {
        let launch = plain(Program::JwtServer, data.path()).flag("--jwt-key-file", value);
        refuses("--jwt-key-file", launch).await;
    }
}

/// Settings that have no default, and one of each kind that has.
const OPTIONAL: [&str; 14] = [
    "AUTH_ENV",
    "AUTH_PUBLIC_URL",
    "AUTH_TRUSTED_ORIGIN",
    "AUTH_TRUSTED_PROXY",
    "AUTH_METRICS_BIND",
    "AUTH_WORKERS",
    "AUTH_DATABASE_URL",
    "AUTH_DATABASE_URL_FILE",
    "AUTH_SESSION_STORE",
    "AUTH_SESSION_IDLE",
    "AUTH_MAIL_FILE",
    "AUTH_FRONTEND_URL",
    "AUTH_PROVIDER",
    "AUTH_PROVIDERS_FILE",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_is_set_to_nothing_is_not_set() {
    for blank in ["", " "] {
        let data = TempDir::new().unwrap();
        let launch = plain(Program::JwtServer, data.path());
        let set = |launch: Launch, name: &&str| launch.env(name, blank);
        let launch = OPTIONAL.iter().fold(launch, set);
        ServerProcess::start(launch.env("AUTH_JWT_KEY_FILE", blank))
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_variable_stops_the_start() {
    let data = TempDir::new().unwrap();
    for server in [Program::SessionServer, Program::Authctl] {
        let words = (server == Program::Authctl).then_some("settings");
        let launch = Launch::of(server).words(words);
        let launch = launch.flag("--data-dir", data.path().display());
        let launch = launch.env("AUTH_SESION_IDLE", "1h");
        let ended = launch.run().await.unwrap();
        let said = ended.output.err().join("\n");
        assert!(!ended.status.success(), "{said}");
        assert!(said.contains("AUTH_SESION_IDLE"), "{said}");
        assert!(said.contains("AUTH_SESSION_IDLE"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_holds_no_secret_is_named() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("secret");
    for text in ["", " \n", "\u{feff}smtp://me:hunter2@127.0.0.1"] {
        std::fs::write(&file, text).unwrap();
        for flag in ["--database-url-file", "--session-store-file", "--mail-file"] {
            let launch = plain(Program::SessionServer, data.path());
            refuses(flag, launch.flag(flag, file.display())).await;
        }
    }
}

/// Faults of the file that `--config` names.
const FAULTS: [(&str, &str); 6] = [
    ("sesion-idle = \"1h\"", "session-idle may be meant"),
    ("session-idle = 30", "session-idle can't be \"30\""),
    (
        "session-store = \"rediss:/me:hunter2@x\"",
        "session-store can't be what is given",
    ),
    ("mail = [\"dev\"]", "mail wants one value, not a list"),
    ("session-idle = \"9d\"", "--session-idle must not exceed"),
    ("mail = hunter2", "line 1"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_the_file_of_settings_is_named() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("auth.toml");
    for (text, told) in FAULTS {
        std::fs::write(&file, text).unwrap();
        let launch = plain(Program::JwtServer, data.path());
        refuses(told, launch.flag("--config", file.display())).await;
    }
    let launch = plain(Program::JwtServer, data.path());
    let launch = launch.env("AUTH_CONFIG", "/nowhere.toml");
    refuses("--config /nowhere.toml", launch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_may_stand_for_the_address_to_listen_on() {
    let data = TempDir::new().unwrap();
    let port = test_services::free_port().unwrap();
    let launch = plain(Program::SessionServer, data.path());
    let launch = launch.flag("--bind", format!("localhost:{port}"));
    ServerProcess::start_on(launch, port).await.unwrap();
}

/// A server with its defaults, on a port of the system's choice.
pub fn plain(server: Program, data: &Path) -> Launch {
    let launch = Launch::of(server).flag("--data-dir", data.display());
    launch
        .flag("--bind", "127.0.0.1:0")
        .flag("--store-timeout", "1s")
}

/// Expects that a server ends by itself, with an exit code and a sentence that names a
/// setting, and without any password.
pub async fn refuses(setting: &str, launch: Launch) {
    let ended = launch.run().await.unwrap();
    let problem = problem_with(setting, &ended);
    assert_eq!(problem, None, "{launch:?}\n{}", ended.output.tail());
}

fn problem_with(setting: &str, ended: &Ended) -> Option<&'static str> {
    let (out, err) = (ended.output.out().join("\n"), ended.output.err().join("\n"));
    let said = err.lines().next().unwrap_or_default();
    let by_the_parser = said.starts_with("error: ");
    [
        (
            ended.status.code().is_none_or(|code| code == 0),
            "the exit code",
        ),
        (!said.contains(setting), "it does not name the setting"),
        (err.contains("panicked"), "it panicked"),
        (
            out.contains(PASSWORD) || err.contains(PASSWORD),
            "it shows a password",
        ),
        (
            !by_the_parser && err.lines().count() != 1,
            "it is more than a line",
        ),
        (!by_the_parser && !said.ends_with('.'), "it is no sentence"),
        (said.ends_with(".."), "it has two full stops"),
    ]
    .into_iter()
    .find_map(|(is_so, problem)| is_so.then_some(problem))
}
