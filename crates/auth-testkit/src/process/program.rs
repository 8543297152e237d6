//! The binaries under test.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::Value;

/// A binary of the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Sessions in cookies.
    SessionServer,
    /// Access and refresh tokens.
    JwtServer,
    /// Sign-in through providers, and then either of them.
    OauthServer,
    /// Administration.
    Authctl,
}

impl Program {
    const ALL: [Self; 4] = [
        Self::SessionServer,
        Self::JwtServer,
        Self::OauthServer,
        Self::Authctl,
    ];

    /// The name of the binary and of its package.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SessionServer => "session-server",
            Self::JwtServer => "jwt-server",
            Self::OauthServer => "oauth-server",
            Self::Authctl => "authctl",
        }
    }

    /// The binary, up to date: the first call has cargo build all of them, in the profile
    /// of the calling test.
    ///
    /// # Errors
    /// When they don't compile.
    pub fn path(self) -> Result<&'static Path> {
        static BUILT: OnceLock<std::result::Result<Vec<PathBuf>, String>> = OnceLock::new();
        let built = BUILT.get_or_init(|| build().map_err(|error| format!("{error:#}")));
        let paths = built.as_ref().map_err(|error| anyhow!("{error}"))?;
        let path = paths.iter().find(|path| path.ends_with(self.name()));
        let path = path.with_context(|| format!("cargo built no {}", self.name()))?;
        Ok(path)
    }
}

fn build() -> Result<Vec<PathBuf>> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        // The whole workspace, so that nothing is compiled again for other features; but no
        // other program, since the caller may be one, and would be replaced while it runs.
        .args(["build", "--quiet", "--workspace"])
        .args(Program::ALL.map(|program| format!("--bin={}", program.name())))
        .args(["--message-format", "json", "--profile", &profile()?])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .context("cargo can't be run")?;
    ensure!(built.status.success(), "the servers don't compile");
    let messages = built.stdout.split(|byte| *byte == b'\n');
    Ok(messages.filter_map(executable).collect())
}

/// The profile this very executable was built in, which names its folder.
fn profile() -> Result<String> {
    let executable = env::current_exe()?;
    let mut folders = executable.ancestors().skip(1);
    // Tests lie one folder deeper than binaries.
    let folder = folders.find(|folder| !folder.ends_with("deps"));
    let folder = folder.and_then(Path::file_name);
    let folder = folder.context("this executable is in no target folder")?;
    let name = folder.to_string_lossy();
    Ok(match &*name {
        "debug" => "dev".to_owned(),
        other => other.to_owned(),
    })
}

/// The executable that a message of cargo announces.
fn executable(message: &[u8]) -> Option<PathBuf> {
    let message: Value = serde_json::from_slice(message).ok()?;
    message["executable"].as_str().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_tells_where_the_executable_is() {
        let message = br#"{"reason":"compiler-artifact","executable":"/t/debug/authctl"}"#;
        assert_eq!(executable(message), Some("/t/debug/authctl".into()));
        assert_eq!(executable(br#"{"executable":null}"#), None);
        assert_eq!(executable(b""), None);
    }
}
