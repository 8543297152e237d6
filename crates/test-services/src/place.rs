//! Where one server lives.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::account::Account;
use crate::{Service, http, port};

/// Lines of a server's log that are worth showing.
const LOG_LINES: usize = 40;

/// How long a ready server may take to say so.
const ANSWER: Duration = Duration::from_secs(2);

/// The folder, port and account of one server.
#[derive(Debug)]
pub struct Place {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    account: Option<Account>,
}

impl Place {
    /// A new folder and a free port. The folder stays until somebody deletes it.
    pub(crate) fn new(service: &Service) -> Result<Self> {
        let account = Account::for_servers()?;
        let folder = tempfile::Builder::new()
            .prefix("test-services-")
            .tempdir()
            .context("cannot make a temporary folder")?;
        if let Some(account) = account {
            account.own(folder.path())?;
        }
        Ok(Self {
            programs: service.find()?,
            port: port::free()?,
            account,
            folder: folder.keep(),
        })
    }

    /// The folder that has everything the server writes.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The port of 127.0.0.1 that the server listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A command of the service, run in the folder, under the right account, and out of
    /// reach of a terminal's Ctrl-C, which would end it before the tests.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command
            .current_dir(&self.folder)
            .env("HOME", &self.folder)
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .process_group(0);
        if let Some(account) = self.account {
            account.run(&mut command);
        }
        command
    }

    /// Puts a file into the folder, for the server to read and change.
    pub(crate) fn write(&self, name: &str, content: &str) -> Result<()> {
        let path = self.folder.join(name);
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        match self.account {
            Some(account) => account.own(&path),
            None => Ok(()),
        }
    }

    /// What the server on the port answers to `request`, read until `is_whole` says so.
    pub(crate) fn converse(
        &self,
        request: &[u8],
        is_whole: impl Fn(&str) -> bool,
    ) -> io::Result<String> {
        let mut stream = self.ask(request)?;
        let (mut answer, mut part) = (vec![], [0; 4096]);
        loop {
            let text = String::from_utf8_lossy(&answer);
            if is_whole(&text) {
                return Ok(text.into_owned());
            }
            match stream.read(&mut part)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => answer.extend_from_slice(&part[..count]),
            }
        }
    }

    /// The server's log, to append to.
    pub(crate) fn log(&self) -> Result<File> {
        let path = self.log_path();
        let log = OpenOptions::new().create(true).append(true).open(&path);
        log.with_context(|| format!("cannot write {}", path.display()))
    }

    /// The last lines of the server's log.
    pub(crate) fn end_of_log(&self) -> String {
        let log = fs::read(self.log_path()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }

    /// Whether whoever listens on the port answers `request` with something that starts
    /// with `answer`.
    pub(crate) fn answers(&self, request: &[u8], answer: &[u8]) -> bool {
        let mut start = vec![0; answer.len()];
        let read = self
            .ask(request)
            .and_then(|mut stream| stream.read_exact(&mut start));
        read.is_ok() && start == answer
    }

    /// What an HTTP server on the port gives for a path; nothing unless it is a 200.
    pub(crate) fn get(&self, path: &str) -> Option<String> {
        let host = format!("127.0.0.1:{}", self.port);
        let request = http::request("GET", &host, path, "");
        let answer = http::read(self.ask(request.as_bytes()).ok()?).ok()?;
        (answer.status == 200).then_some(answer.body)
    }

    fn ask(&self, request: &[u8]) -> io::Result<TcpStream> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let mut stream = TcpStream::connect_timeout(&address, ANSWER)?;
        stream.set_read_timeout(Some(ANSWER))?;
        stream.write_all(request)?;
        Ok(stream)
    }

    fn log_path(&self) -> PathBuf {
        self.folder.join("server.log")
    }
}
