//! Reading the settings again while a server runs.

mod named_files;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use anyhow::anyhow;
use auth_core::Live;
use auth_core::limit::Rules;
use auth_http::{Api, HttpConfig};
use clap::{Arg, Args};
use tracing::{error, info, warn};

use crate::command_line::CommandLine;
use crate::other_sites;
use crate::plan::{Plan, sentences};
use crate::server::{Server, StrategySettings};
use crate::settings::{Given, Settings, ShownSetting, in_force};
use crate::telemetry;
use named_files::named_files;

/// What each setting says, and what the files say that it names: as hashes, since some are
/// secrets.
type Said = BTreeMap<String, u64>;

/// The settings of providers, and those that providers are opened with.
const OF_PROVIDERS: [&str; 4] = [
    "provider",
    "providers-file",
    "oauth-timeout",
    "oauth-key-cooldown",
];

/// Reads the settings of a running server again.
pub(crate) struct Reload {
    pub(crate) server: Server,
    /// The command line that the server was started with.
    pub(crate) args: Vec<OsString>,
    /// Where it listens.
    pub(crate) port: u16,
    pub(crate) api: Api,
    pub(crate) limits: Live<Option<Rules>>,
    /// Whether it serves the built-in provider, which has a secret that is made at the start.
    pub(crate) serves_provider: bool,
    /// What the settings say that are in force.
    pub(crate) in_force: Said,
    /// The same for operators to see.
    pub(crate) shown: Live<Vec<ShownSetting>>,
}

impl Reload {
    /// Reads everything again and checks it as at the start. If anything is wrong, all stays as
    /// it was; or else what can change does, and the log names what has to wait for a restart.
    pub(crate) fn run<S: Args + StrategySettings>(&mut self) {
        match self.apply::<S>() {
            Ok(changes) => changes.tell(),
            Err(error) => {
                let reason = format!("{error:#}");
                let reason = reason.trim_end_matches('.');
                error!("SIGHUP: all settings stay as they were: {reason}");
            }
        }
    }

    fn apply<S: Args + StrategySettings>(&mut self) -> anyhow::Result<Changes> {
        let read = CommandLine::<S>::read(&self.server, &self.args);
        let (line, given) = read.map_err(|error| anyhow!(sentences(&error).join(" ")))?;
        let CommandLine { settings, strategy } = line;
        settings.check()?;
        let plan = Plan::new(&self.server, &settings, &strategy, self.port)?;
        let now = said::<S>(&settings, &given)?;
        let takes_providers = self.takes_providers(&plan);
        telemetry::set_level(settings.log_level.as_deref())?;
        self.put_in_force(&plan, takes_providers);
        let changes = self.compared(now, takes_providers);
        self.show(
            &in_force(&CommandLine::<S>::definition(&self.server), &given),
            &changes,
        );
        Ok(changes)
    }

    /// Shows operators what is in force now.
    fn show(&self, read: &[ShownSetting], changes: &Changes) {
        let before = self.shown.get();
        let now = before.iter().map(|setting| {
            let is_applied = changes.applied.contains(&format!("--{}", setting.name));
            let mut read = read
                .iter()
                .filter(|read| is_applied && read.name == setting.name);
            read.next().unwrap_or(setting).clone()
        });
        self.shown.set(now.collect());
    }

    fn put_in_force(&self, plan: &Plan, takes_providers: bool) {
        self.limits.set(*plan.config.limits.get());
        let (live, new) = (self.api.config(), &plan.config.http);
        live.trusted_origins.set(new.trusted_origins.get().to_vec());
        live.trusted_proxies.set(new.trusted_proxies.get().to_vec());
        if takes_providers {
            // Also unchanged ones: they have read the certificates of the authorities anew.
            let providers = self.api.accounts().providers();
            providers.replace(&plan.providers.providers);
        }
        other_sites::warn(&self.api);
    }

    /// What has changed since the settings that were in force.
    fn compared(&mut self, now: Said, takes_providers: bool) -> Changes {
        let mut changes = Changes::default();
        for (name, said) in now {
            let of_providers = OF_PROVIDERS.contains(&&*name);
            if self.in_force.get(&name) == Some(&said) {
                continue;
            }
            if is_live(&name) || (of_providers && takes_providers) {
                changes.applied.push(format!("--{name}"));
                self.in_force.insert(name, said);
            } else {
                changes.waiting.push(format!("--{name}"));
            }
        }
        changes
    }

    /// Whether the providers can be exchanged. The routes of providers are there or not since the
    /// start, those of the built-in one have its secret, and all have been told where they send
    /// people back to.
    fn takes_providers(&self, plan: &Plan) -> bool {
        let (live, new) = (self.api.config(), &plan.config.http);
        let place = |http: &HttpConfig| (http.public_url.clone(), http.base_path.clone());
        let had = !self.api.accounts().providers().is_empty();
        let has = !plan.providers.providers.is_empty();
        let serves_provider = self.serves_provider || plan.providers.dev.is_some();
        had == has && !serves_provider && place(live) == place(new)
    }
}

/// Whether a setting can change while a server runs, whatever it says.
fn is_live(name: &str) -> bool {
    let all = ["limits", "log-level", "trusted-origin", "trusted-proxy"];
    name.starts_with("limit-") || all.contains(&name)
}

/// What the settings say, and the files that they name.
///
/// # Errors
/// When the providers or a secret of theirs can't be read.
pub(crate) fn said<S: Args + StrategySettings>(
    settings: &Settings,
    given: &Given,
) -> anyhow::Result<Said> {
    let definition = <CommandLine<S> as clap::CommandFactory>::command();
    let names = definition.get_arguments().filter_map(|arg| {
        let name = arg.get_env().and(arg.get_long())?;
        Some((name.to_owned(), said_by(arg, name, given)))
    });
    let mut said: Said = names.collect();
    // Where they stand makes no difference, and their secrets are a part of them.
    let mut hasher = DefaultHasher::new();
    for spec in settings.federation.specs()? {
        format!("{spec:?}").hash(&mut hasher);
        let secret = spec.client_secret()?;
        secret
            .map(|secret| secret.reveal().to_owned())
            .hash(&mut hasher);
    }
    said.insert("provider".to_owned(), hasher.finish());
    Ok(said)
}

fn said_by(arg: &Arg, name: &str, given: &Given) -> u64 {
    let mut hasher = DefaultHasher::new();
    for value in given
        .matches
        .get_raw(arg.get_id().as_str())
        .into_iter()
        .flatten()
    {
        value.hash(&mut hasher);
        for file in named_files(name, &value.to_string_lossy()) {
            // One that can't be read is refused where it is needed.
            std::fs::read(file).ok().hash(&mut hasher);
        }
    }
    hasher.finish()
}

/// What has changed.
#[derive(Default)]
struct Changes {
    /// What is in force now.
    applied: Vec<String>,
    /// What is not, before a restart.
    waiting: Vec<String>,
}

impl Changes {
    fn tell(&self) {
        match self.applied.is_empty() {
            true => info!("SIGHUP: the settings were read again, and nothing had to be applied"),
            false => info!("SIGHUP: in force from now on: {}", self.applied.join(", ")),
        }
        if !self.waiting.is_empty() {
            warn!(
                "SIGHUP: changed, but in force only after a restart: {}",
                self.waiting.join(", ")
            );
        }
    }
}
