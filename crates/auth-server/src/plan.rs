//! What the settings make before anything is listened on and a store is opened: whatever they
//! can be refused for shows here, so that settings which keep a new version from starting leave
//! the schema to the old one.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use auth_core::{Clock, SystemClock};
use auth_mail::{MailTarget, MailTemplates, Sender};
use clap::Args;
use comprehensive_auth::{AuthBuilder, Bridge, Config, Parts, Shadow, Strategy};
use url::Url;

use crate::command_line::CommandLine;
use crate::config::{config, explained};
use crate::data_dir::encryption_keys;
use crate::distinct;
use crate::other_strategies;
use crate::pages::{self, Routes};
use crate::providers::{self, OpenProviders};
use crate::server::{Server, StrategySettings};
use crate::settings::{Settings, check_variables};

/// What the settings make.
pub(crate) struct Plan {
    pub(crate) config: Config,
    pub(crate) providers: OpenProviders,
    pub(crate) mail_target: MailTarget,
    pub(crate) sender: Sender,
    pub(crate) mail_templates: Arc<MailTemplates>,
    /// Whether the development mailbox is shown.
    pub(crate) shows_mail: bool,
    /// The web pages, where they are served.
    pub(crate) pages: Option<Routes>,
    pub(crate) strategy: Box<dyn Strategy>,
    pub(crate) bridge: Bridge,
    pub(crate) shadow: Option<Shadow>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Plan {
    /// For a server that listens on this port. The settings have been
    /// [checked](Settings::check).
    ///
    /// # Errors
    /// One sentence that names the setting and the remedy.
    pub(crate) fn new(
        server: &Server,
        settings: &Settings,
        strategy: &dyn StrategySettings,
        port: u16,
    ) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let config = config(settings, public_url(settings, port)?)?;
        let checked = AuthBuilder::with(config.clone()).check();
        checked.map_err(explained)?;
        strategy.check(settings)?;
        let parts = Parts {
            http: &config.http,
            clock_leeway: config.sessions.clock_leeway,
            clock: clock.clone(),
        };
        distinct::check(settings, strategy, &parts)?;
        if settings.factors.encryption_key_file.is_some() {
            encryption_keys(settings)?;
        }
        let mail_target: MailTarget = settings.mail_target()?.parse()?;
        let shows_mail = matches!(mail_target, MailTarget::Dev) && settings.is_on_this_machine();
        Ok(Self {
            providers: providers::open(server, settings, &config.http, &clock)?,
            mail_target,
            mail_templates: settings.looks.mail_templates()?.into(),
            shows_mail,
            pages: pages::routes(settings, &config.http, shows_mail)?,
            sender: settings.mail.mail_from.parse()?,
            strategy: strategy.strategy(settings)?,
            bridge: other_strategies::bridge(settings, strategy)?,
            shadow: other_strategies::shadow(settings, strategy)?,
            config,
            clock,
        })
    }
}

fn public_url(settings: &Settings, port: u16) -> anyhow::Result<Url> {
    match &settings.public_url {
        Some(url) => Ok(url.clone()),
        None => Ok(Url::parse(&format!("http://localhost:{port}"))?),
    }
}

/// What a server would say of settings if it were started with them.
#[derive(Debug, Default)]
pub struct Findings {
    /// What would keep it from starting, a sentence each.
    pub problems: Vec<String>,
    /// What it would warn of.
    pub warnings: Vec<String>,
}

/// Looks at the settings that a command line, the environment and the file of settings give a
/// server. Nothing is listened on, no store is opened, and nothing is written.
pub fn examine<S: Args + StrategySettings>(server: &Server, args: &[OsString]) -> Findings {
    let line = match CommandLine::<S>::read(server, args) {
        Ok((line, _)) => line,
        Err(error) => return Findings::refused(&error),
    };
    let CommandLine {
        mut settings,
        strategy,
    } = line;
    // No other listener may be where the server's own is when nothing is said.
    let default = SocketAddr::from((Ipv4Addr::LOCALHOST, server.port));
    let port = settings.bind.get_or_insert(default).port();
    let (ineffective, misspelt) = match check_variables(&CommandLine::<S>::definition(server)) {
        Ok(ineffective) => (ineffective, None),
        Err(misspelt) => (vec![], Some(misspelt)),
    };
    let plan = Plan::new(server, &settings, &strategy, port).map(drop);
    let found = settings.problems().into_iter();
    let warnings = settings.warnings().into_iter().map(str::to_owned);
    Findings {
        problems: without_repetition(found.chain(misspelt).chain(plan.err())),
        warnings: warnings.chain(ineffective).collect(),
    }
}

/// The sentences of these problems, each once.
fn without_repetition(found: impl Iterator<Item = anyhow::Error>) -> Vec<String> {
    let mut problems = vec![];
    for problem in found {
        let problem = format!("{problem:#}");
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    problems
}

impl Findings {
    fn refused(error: &clap::Error) -> Self {
        Self {
            problems: sentences(error),
            warnings: vec![],
        }
    }
}

/// What is wrong with a command line, without the advice on usage that follows it.
pub(crate) fn sentences(error: &clap::Error) -> Vec<String> {
    let text = error.to_string();
    let text = text.split("\n\n").next().unwrap_or_default();
    let lines = text.trim_start_matches("error: ").lines();
    lines.map(|line| line.trim().to_owned()).collect()
}
