//! Webhooks, and hooks that are asked before somebody registers or is signed in.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{anyhow, ensure};
use clap::{Args, ValueEnum};
use comprehensive_auth::{HookConfig, WebhookConfig};

use super::secret_file::read_secret;
use super::values::{DAY, MILLISECOND, SECOND, TEN_YEARS, between};

/// Whether webhooks may have receivers that only their owner reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PrivateReceivers {
    /// They may.
    On,
    /// Their receivers are on the public internet.
    Off,
}

/// What a hook that gives no answer counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HookFailure {
    /// A no: 503, to be tried again.
    Refuse,
    /// A yes.
    Allow,
}

/// Who is told of what happens, and who is asked before.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Webhooks")]
pub struct WebhookSettings {
    /// Whether webhooks may have receivers that only their owner reaches: in networks such as
    /// 10.0.0.0/8, and on this machine.
    #[arg(long, env = "AUTH_WEBHOOK_ALLOW_PRIVATE", value_enum, default_value_t = PrivateReceivers::Off)]
    pub webhook_allow_private: PrivateReceivers,

    /// How long it is kept what webhooks were sent, and what came of it.
    #[arg(long, env = "AUTH_WEBHOOK_RETENTION", value_parser = between(DAY, TEN_YEARS), default_value = "30d")]
    pub webhook_retention: Duration,

    /// The URL of a service of one's own that is asked before anything of a registration is kept.
    #[arg(long, env = "AUTH_BEFORE_REGISTRATION_HOOK", value_name = "URL")]
    pub before_registration_hook: Option<String>,

    /// The URL of one that is asked before somebody who has proven who they are is signed in.
    #[arg(long, env = "AUTH_BEFORE_SIGN_IN_HOOK", value_name = "URL")]
    pub before_sign_in_hook: Option<String>,

    /// A file that holds what hooks know this server by: whsec_ and 24 to 64 bytes of base64.
    #[arg(long, env = "AUTH_HOOK_SECRET_FILE")]
    pub hook_secret_file: Option<PathBuf>,

    /// How long a hook may take to answer; whoever registers or signs in waits for it.
    #[arg(long, env = "AUTH_HOOK_TIMEOUT", value_parser = between(MILLISECOND, SECOND * 10), default_value = "2s")]
    pub hook_timeout: Duration,

    /// What a hook that gives no answer counts as: none in time, or neither yes nor no.
    #[arg(long, env = "AUTH_HOOK_FAILURE", value_enum, default_value_t = HookFailure::Refuse)]
    pub hook_failure: HookFailure,
}

impl WebhookSettings {
    /// Which receivers webhooks may have.
    pub fn config(&self) -> WebhookConfig {
        WebhookConfig {
            allow_private: self.webhook_allow_private == PrivateReceivers::On,
            retention: self.webhook_retention,
        }
    }

    /// The hooks, if there are any.
    ///
    /// # Errors
    /// When the secret can't be read.
    pub fn hooks(&self) -> anyhow::Result<Option<HookConfig>> {
        let file = self.hook_secret_file.as_ref();
        let Some(file) = file.filter(|_| self.has_hooks()) else {
            return Ok(None);
        };
        let secret = read_secret("--hook-secret-file", file)?.parse();
        let secret = secret.map_err(|error| {
            let file = file.display();
            anyhow!("--hook-secret-file {file} holds nothing usable: {error}")
        })?;
        Ok(Some(HookConfig {
            before_registration: self.before_registration_hook.clone(),
            before_sign_in: self.before_sign_in_hook.clone(),
            secret,
            timeout: self.hook_timeout,
            allow_on_failure: self.hook_failure == HookFailure::Allow,
        }))
    }

    /// Checks what no single setting can tell.
    ///
    /// # Errors
    /// One sentence that names the setting and the remedy.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let urls = [
            ("--before-registration-hook", &self.before_registration_hook),
            ("--before-sign-in-hook", &self.before_sign_in_hook),
        ];
        for (name, url) in urls {
            if let Some(url) = url {
                let checked = HookConfig::check_url(url);
                checked.map_err(|remedy| anyhow!("{name} can't be used: {remedy}"))?;
            }
        }
        ensure!(
            self.has_hooks() == self.hook_secret_file.is_some(),
            "--hook-secret-file goes with --before-registration-hook and --before-sign-in-hook: \
             give it with one of them, or leave all out"
        );
        self.hooks().map(drop)
    }

    fn has_hooks(&self) -> bool {
        self.before_registration_hook.is_some() || self.before_sign_in_hook.is_some()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::settings::Settings;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn problem(args: &[&str]) -> Option<String> {
        let args = ["server"].iter().chain(args);
        let settings = Settings::try_parse_from(args).unwrap();
        let problem = settings.webhooks.check().err();
        problem.map(|problem| problem.to_string())
    }

    #[test]
    fn hooks_have_a_secret_and_are_reached_by_tls() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, SECRET).unwrap();
        let file = path.to_str().unwrap();
        let hook = ["--before-sign-in-hook", "https://policy.internal/sign-in"];
        assert_eq!(problem(&[]), None);
        assert_eq!(
            problem(&[hook[0], hook[1], "--hook-secret-file", file]),
            None
        );
        let own = [hook[0], "http://127.0.0.1:1/", "--hook-secret-file", file];
        assert_eq!(problem(&own), None);

        let plain = [
            hook[0],
            "http://policy.internal",
            "--hook-secret-file",
            file,
        ];
        assert!(problem(&plain).unwrap().starts_with(hook[0]));
        for lonely in [&hook[..], &["--hook-secret-file", file]] {
            assert!(problem(lonely).unwrap().starts_with("--hook-secret-file"));
        }
        std::fs::write(&path, "hunter2").unwrap();
        let told = problem(&[hook[0], hook[1], "--hook-secret-file", file]).unwrap();
        assert!(
            told.contains("whsec_") && !told.contains("hunter2"),
            "{told}"
        );
    }
}
