//! Running the binary and reading what it says.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The binary, and the settings that it is given.
pub struct Authctl {
    data: TempDir,
    database: Option<String>,
}

impl Authctl {
    /// On a data dir of its own, and on its SQLite file unless another database is named.
    pub fn new(database: Option<String>) -> Self {
        let data = tempfile::tempdir().unwrap();
        Self { data, database }
    }

    /// The data dir. It does not exist before something is kept there.
    pub fn data_dir(&self) -> std::path::PathBuf {
        self.data.path().join("data")
    }

    /// Where the database is.
    pub fn database_url(&self) -> String {
        let file = || format!("sqlite:{}", self.data_dir().join("auth.db").display());
        self.database.clone().unwrap_or_else(file)
    }

    /// The binary with these arguments and cheap passwords, not yet started.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = bare(&self.data_dir());
        command.args(args);
        if let Some(url) = &self.database {
            command.env("AUTH_DATABASE_URL", url);
        }
        command
    }

    /// Runs a command that finds nobody at a terminal.
    pub fn run(&self, args: &[&str]) -> Outcome {
        Outcome::of(&self.command(args).output().unwrap())
    }

    /// Runs a command that finds this on its standard input.
    pub fn run_with(&self, input: &str, args: &[&str]) -> Outcome {
        let mut command = self.command(args);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        // Whoever needs no input may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Outcome::of(&child.wait_with_output().unwrap())
    }

    /// Runs a command that must succeed, and reads its JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        self.run(&[args, &["--json"]].concat()).done().json()
    }
}

/// The binary with nothing of this process' environment.
pub fn bare(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_authctl"));
    command
        .env_clear()
        .env("AUTH_DATA_DIR", data_dir)
        .env("AUTH_ARGON2", "m=64,t=1,p=1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// Expects success.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Expects this exit code and, of a command run with --json, this error code. Gives the
    /// message.
    #[track_caller]
    pub fn failed(self, exit: i32, code: &str) -> String {
        assert_eq!(self.code, Some(exit), "{self:?}");
        let mut error = self.json();
        assert_eq!(keys(&error), ["error"], "{self:?}");
        assert_eq!(keys(&error["error"]), ["code", "message"], "{self:?}");
        assert_eq!(error["error"]["code"], code, "{self:?}");
        let Value::String(message) = error["error"]["message"].take() else {
            panic!("no message: {self:?}")
        };
        assert!(
            message.ends_with('.') && !message.ends_with(".."),
            "{message}"
        );
        message
    }

    /// Standard output, which must be one JSON document.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("{error}: {self:?}"),
        }
    }

    /// All that was printed.
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// The keys of a JSON object, sorted.
pub fn keys(object: &Value) -> Vec<&str> {
    let object = object.as_object().unwrap();
    let mut keys: Vec<_> = object.keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}
