//! What the servers do, seen from outside.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::http::{self, Answer};
use crate::process::await_within;
use crate::{
    CHROMIUM, Chromium, OIDC_PROVIDER, OidcProvider, POSTGRES, Place, Postgres, REDIS, Redis, SMTP,
    Smtp, TOOLS, can_run, not_run,
};

const LIMIT: Duration = Duration::from_secs(30);

fn wait_until(mut condition: impl FnMut() -> bool) {
    let found = await_within(LIMIT, || Ok(condition().then_some(())));
    assert!(found.unwrap().is_some(), "the condition never came true");
}

fn connect(place: &Place) -> std::io::Result<TcpStream> {
    TcpStream::connect(("127.0.0.1", place.port()))
}

/// Sends each line and gives the answers, one line each.
fn talk(place: &Place, lines: &[&str]) -> Vec<String> {
    let mut stream = connect(place).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut ask = |line: &&str| {
        write!(stream, "{line}\r\n").unwrap();
        answers.next().unwrap().unwrap()
    };
    lines.iter().map(&mut ask).collect()
}

fn post(place: &Place, path: &str, body: &str) -> Answer {
    let mut stream = connect(place).unwrap();
    let host = format!("127.0.0.1:{}", place.port());
    let request = http::request("POST", &host, path, body);
    stream.write_all(request.as_bytes()).unwrap();
    http::read(stream).unwrap()
}

fn sql(url: &str, statement: &str) -> Option<String> {
    let psql = Command::new("psql")
        .args(["--no-psqlrc", "--tuples-only", "--no-align", "--dbname"])
        .args([url, "--command", statement])
        .output()
        .unwrap();
    let answer = String::from_utf8(psql.stdout).unwrap();
    psql.status.success().then(|| answer.trim().to_owned())
}

/// The states of the processes that work in a folder, as proc_pid_stat(5) names them.
fn states_of_processes_in(folder: &Path) -> Vec<char> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let inside = processes.filter(|process| {
        let cwd = fs::read_link(process.path().join("cwd"));
        cwd.is_ok_and(|cwd| cwd.starts_with(folder))
    });
    let state = |stat: String| stat.rsplit_once(") ")?.1.chars().next();
    inside
        .filter_map(|process| fs::read_to_string(process.path().join("stat")).ok())
        .filter_map(state)
        .collect()
}

fn nothing_is_left_of(folder: &Path) -> bool {
    !folder.exists() && states_of_processes_in(folder).is_empty()
}

#[test]
fn postgres_keeps_port_and_data_over_a_restart_and_leaves_nothing_behind() {
    let test = "postgres_keeps_port_and_data_over_a_restart_and_leaves_nothing_behind";
    if !can_run(test, &[&POSTGRES]) {
        return;
    }
    let postgres = Postgres::start().unwrap();
    let (url, folder) = (postgres.url(), postgres.place().folder().to_owned());
    sql(&url, "create table kept as select 7 as n").unwrap();

    postgres.stop().unwrap();
    assert_eq!(sql(&url, "select n from kept"), None);
    postgres.restart().unwrap();
    assert_eq!(postgres.url(), url);
    assert_eq!(sql(&url, "select n from kept").unwrap(), "7");

    drop(postgres);
    assert!(nothing_is_left_of(&folder));
}

#[test]
fn pausing_postgres_freezes_every_process_of_it() {
    if !can_run("pausing_postgres_freezes_every_process_of_it", &[&POSTGRES]) {
        return;
    }
    let postgres = Postgres::start().unwrap();
    let data = postgres.place().folder().join("data");
    let all = |wanted: fn(char) -> bool| {
        let states = states_of_processes_in(&data);
        states.len() > 1 && states.into_iter().all(wanted)
    };

    postgres.pause().unwrap();
    wait_until(|| all(|state| state == 'T'));
    postgres.resume().unwrap();
    wait_until(|| all(|state| state != 'T'));
    assert_eq!(sql(&postgres.url(), "select 1").unwrap(), "1");

    postgres.pause().unwrap();
    postgres.restart().unwrap();
    assert_eq!(sql(&postgres.url(), "select 1").unwrap(), "1");
}

#[test]
fn redis_keeps_port_and_data_over_a_restart() {
    if !can_run("redis_keeps_port_and_data_over_a_restart", &[&REDIS]) {
        return;
    }
    let redis = Redis::start().unwrap();
    let url = redis.url();
    assert_eq!(talk(redis.place(), &["SET kept 7"]), ["+OK"]);

    redis.stop().unwrap();
    assert!(connect(redis.place()).is_err());
    redis.restart().unwrap();
    assert_eq!(redis.url(), url);
    assert_eq!(talk(redis.place(), &["STRLEN kept"]), [":1"]);
}

#[test]
fn a_paused_redis_answers_once_it_is_resumed() {
    if !can_run("a_paused_redis_answers_once_it_is_resumed", &[&REDIS]) {
        return;
    }
    let redis = Redis::start().unwrap();
    let folder = redis.place().folder();
    let states = || states_of_processes_in(folder);
    let mut stream = connect(redis.place()).unwrap();
    let mut answer = [0; 7];

    redis.pause().unwrap();
    wait_until(|| states() == ['T']);
    stream.write_all(b"PING\r\n").unwrap();
    stream.set_nonblocking(true).unwrap();
    assert!(stream.read(&mut answer).is_err());
    redis.resume().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"+PONG\r\n");
}

#[test]
fn a_mail_is_found_in_the_maildir_and_survives_a_restart() {
    let test = "a_mail_is_found_in_the_maildir_and_survives_a_restart";
    if !can_run(test, &[&SMTP]) {
        return;
    }
    let smtp = Smtp::start().unwrap();
    // The server greets first, so each answer is one to the line before.
    let dialogue = [
        "HELO localhost",
        "MAIL FROM:<a@example.com>",
        "RCPT TO:<b@example.com>",
        "DATA",
        "Subject: hello\r\n\r\nbody\r\n.",
        "QUIT",
    ];
    let answers = talk(smtp.place(), &dialogue);
    assert!(answers.last().unwrap().starts_with("250"), "{answers:?}");
    let mails = || fs::read_dir(smtp.maildir().join("new")).unwrap().count();
    wait_until(|| mails() == 1);

    smtp.restart().unwrap();
    assert_eq!(mails(), 1);
}

/// The ids of the keys that a provider publishes, the one it signs with first.
fn key_ids(provider: &OidcProvider) -> Vec<String> {
    let keys = provider.place().get("/jwks").unwrap();
    let ids = keys.split(r#""kid":""#).skip(1);
    ids.map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

#[test]
fn the_openid_provider_takes_clients_and_new_keys() {
    let test = "the_openid_provider_takes_clients_and_new_keys";
    if !can_run(test, &[&OIDC_PROVIDER]) {
        return;
    }
    let provider = OidcProvider::start().unwrap();
    let place = provider.place();
    let discovery = place.get("/.well-known/openid-configuration").unwrap();
    assert!(discovery.contains(&format!(r#""issuer":"{}""#, provider.url())));
    let client = r#"{"redirect_uris":["http://127.0.0.1:1/callback"]}"#;
    let client = post(place, "/reg", client);
    assert_eq!(client.status, 201, "{}", client.body);

    let first = key_ids(&provider);
    assert_eq!(first.len(), 1);
    assert_eq!(post(place, "/__test/rotate-keys", "").status, 204);
    let both = key_ids(&provider);
    assert_eq!(both[1..], first);
    post(place, "/__test/rotate-keys?drop_old=true", "");
    let last = key_ids(&provider);
    assert_eq!(last.len(), 1);
    assert!(!both.contains(&last[0]));
}

/// Asks for a browser that runs as anybody and anywhere.
const SESSION: &str = r#"{"capabilities":{"alwaysMatch":{"goog:chromeOptions":{"args":
    ["--headless=new","--no-sandbox","--disable-dev-shm-usage"]}}}}"#;

#[test]
fn no_browser_outlives_its_driver() {
    if !can_run("no_browser_outlives_its_driver", &[&CHROMIUM]) {
        return;
    }
    let chromium = Chromium::start().unwrap();
    let folder = chromium.place().folder().to_owned();
    let session = || post(chromium.place(), "/session", SESSION);
    let processes = || states_of_processes_in(&folder).len();

    assert_eq!(session().status, 200);
    assert!(processes() > 1);
    chromium.restart().unwrap();
    wait_until(|| processes() == 1);

    assert_eq!(session().status, 200);
    assert!(processes() > 1);
    drop(chromium);
    wait_until(|| nothing_is_left_of(&folder));
}

#[test]
fn a_tool_that_is_installed_is_where_it_says() {
    for tool in TOOLS {
        match tool.need().software.is_installed() {
            true => assert!(tool.path().unwrap().exists(), "{}", tool.name),
            false => not_run("a_tool_that_is_installed_is_where_it_says", tool.name),
        }
    }
}

#[test]
fn many_servers_start_at_once() {
    if !can_run("many_servers_start_at_once", &[&REDIS]) {
        return;
    }
    let starting: Vec<_> = (0..20)
        .map(|_| std::thread::spawn(|| Redis::start().unwrap()))
        .collect();
    let servers: Vec<_> = starting
        .into_iter()
        .map(|one| one.join().unwrap())
        .collect();
    let mut ports: Vec<_> = servers.iter().map(|one| one.place().port()).collect();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 20);
}

/// Set in the process that [`a_killed_process_leaves_nothing_behind`] kills.
const HOLDS: &str = "TEST_SERVICES_HOLD";

#[test]
fn a_killed_process_leaves_nothing_behind() {
    let test = "a_killed_process_leaves_nothing_behind";
    if !can_run(test, &[&POSTGRES]) {
        return;
    }
    if env::var_os(HOLDS).is_some() {
        return hold_a_server();
    }
    let mut holder = Command::new(env::current_exe().unwrap())
        .args(["--exact", &format!("tests::{test}"), "--nocapture"])
        .env(HOLDS, "yes")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    let folder = lines
        .find_map(|line| Some(line.unwrap().split_once("holds ")?.1.to_owned()))
        .unwrap();
    let folder = Path::new(&folder);
    assert!(!nothing_is_left_of(folder));

    holder.kill().unwrap();
    holder.wait().unwrap();
    wait_until(|| nothing_is_left_of(folder));
}

fn hold_a_server() {
    let postgres = Postgres::start().unwrap();
    println!("holds {}", postgres.place().folder().display());
    let _ = std::io::stdin().read(&mut [0]);
}
