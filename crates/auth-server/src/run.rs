//! Starting, serving and stopping.

use std::fmt::Display;
use std::io::{Write as _, stdout};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::available_parallelism;

use actix_web::dev::Server as HttpServerFuture;
use actix_web::rt::System;
use anyhow::Context as _;
use auth_core::{Clock, SystemClock, Transport};
use auth_http::Api;
use auth_mail::{DevMailbox, MailTarget, transport};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser};
use comprehensive_auth::{Auth, AuthBuilder, Config};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking};
use tracing::{info, warn};
use url::Url;

use crate::config::{config, database_url, explained};
use crate::data_dir::{create_private_dir, encryption_keys};
use crate::extra_routes::ExtraRoutes;
use crate::metrics::Metrics;
use crate::pages::Routes;
use crate::server::{Server, StrategySettings};
use crate::settings::{
    LogFormat, Pages, Settings, check_variables, without_empty_variables, without_secrets,
};
use crate::stop::{Connections, Stop};
use crate::telemetry::otlp::{Otlp, Pushing};
use crate::{listen, other_strategies, providers, telemetry};

/// The whole life of a server binary: reads its settings, serves until it is told to
/// stop, and says in one sentence what kept it from starting.
pub fn main<S: Args + StrategySettings>(server: &Server) -> ExitCode {
    let command = without_empty_variables(CommandLine::<S>::command().name(server.name));
    let matches = command.try_get_matches();
    let line = match matches.and_then(|matches| CommandLine::<S>::from_arg_matches(&matches)) {
        Ok(line) => line,
        Err(error) => without_secrets(error).exit(),
    };
    let served = telemetry::start(&line.settings, server.name).and_then(|telemetry| {
        let served = System::new().block_on(serve(server, &line));
        drop(telemetry);
        served
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let reason = format!("{error:#}");
            let reason = reason.trim_end_matches('.');
            eprintln!("{} did not start: {reason}.", server.name);
            ExitCode::FAILURE
        }
    }
}

/// What a server is told at its start.
#[derive(Parser)]
#[command(version, about = None, long_about = None)]
struct CommandLine<S: Args> {
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    strategy: S,
}

async fn serve<S: Args + StrategySettings>(
    server: &Server,
    line: &CommandLine<S>,
) -> anyhow::Result<()> {
    check_variables(&CommandLine::<S>::command())?;
    let settings = &line.settings;
    let started = Started::new(server, settings, &line.strategy).await?;
    started.announce(server, settings);
    let stop = started.stop.clone();
    actix_web::rt::spawn(async move {
        shutdown_signal().await;
        info!("stopping: requests in progress are finished first");
        stop.gently(shutdown_signal()).await;
    });
    started.run().await
}

/// Waits for SIGTERM or Ctrl-C. SIGHUP, which a closed terminal and log rotation send, would
/// end the process if nobody listened to it.
pub(crate) async fn shutdown_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut term), Ok(mut hang_up)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::hangup()),
        ) {
            loop {
                tokio::select! {
                    _ = term.recv() => return,
                    _ = tokio::signal::ctrl_c() => return,
                    _ = hang_up.recv() => info!("SIGHUP changes nothing: settings are read at the start"),
                }
            }
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// A server in a thread of its own, for tests and for several servers in one process.
pub struct Running {
    /// The URL under which it is reached.
    pub url: Url,
    stop: Stop,
    thread: Option<std::thread::JoinHandle<anyhow::Result<()>>>,
}

impl Running {
    /// Stops it; requests in progress are finished first.
    ///
    /// # Errors
    /// When serving had failed.
    pub fn stop(mut self) -> anyhow::Result<()> {
        self.join()
    }

    fn join(&mut self) -> anyhow::Result<()> {
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        System::new().block_on(self.stop.now());
        match thread.join() {
            Ok(result) => result,
            Err(_) => anyhow::bail!("the server panicked"),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.join() {
            warn!(%error, "a server ended badly");
        }
    }
}

/// Starts a server and waits until it listens.
///
/// # Errors
/// What kept it from starting.
pub fn spawn(
    server: &Server,
    settings: &Settings,
    strategy: &Arc<dyn StrategySettings>,
) -> anyhow::Result<Running> {
    let (server, settings, strategy) = (*server, settings.clone(), strategy.clone());
    let (ready, started) = oneshot::channel();
    let thread = std::thread::spawn(move || {
        System::new().block_on(async move {
            match Started::new(&server, &settings, &*strategy).await {
                Ok(started) => {
                    let (url, stop) = (started.public_url().clone(), started.stop.clone());
                    let _ = ready.send(Ok((url, stop)));
                    started.run().await
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                    Ok(())
                }
            }
        })
    });
    let (url, stop) = started
        .blocking_recv()
        .context("the server ended while it started")??;
    Ok(Running {
        url,
        stop,
        thread: Some(thread),
    })
}

/// A server that listens but has not been run yet.
struct Started {
    auth: Auth,
    http: HttpServerFuture,
    stop: Stop,
    metrics: Option<HttpServerFuture>,
    /// What looks at the stores for the metrics.
    watches: Vec<JoinHandle<()>>,
    pushing: Option<Pushing>,
    mail_target: MailTarget,
}

/// What the settings make before a store is opened: whatever they can be refused for shows
/// here, so that settings which keep a new version from starting leave the schema to the old
/// one.
struct Checked {
    listener: TcpListener,
    builder: AuthBuilder,
    mail_target: MailTarget,
    /// The development mailbox, where it is shown.
    mailbox: Option<DevMailbox>,
    /// The built-in provider, where it is served.
    provider: Option<Routes>,
    metrics: Option<Metrics>,
    /// Where Prometheus finds them.
    metrics_listener: Option<TcpListener>,
}

impl Checked {
    fn new(
        server: &Server,
        settings: &Settings,
        strategy: &dyn StrategySettings,
    ) -> anyhow::Result<Self> {
        settings.check()?;
        settings.warnings().iter().for_each(|text| warn!("{text}"));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let listener = listen(server, settings)?;
        let config = config(settings, public_url(settings, &listener)?)?;
        let providers = providers::open(server, settings, &config.http, &clock)?;
        let mail_target: MailTarget = settings.mail_target()?.parse()?;
        let mailbox = DevMailbox::new(settings.data_dir.join("mailbox"), clock.clone());
        let metrics_listener = settings.metrics_bind;
        let metrics_listener = metrics_listener.map(|at| listen_on("--metrics-bind", at));
        let metrics_listener = metrics_listener.transpose()?;
        let are_wanted = metrics_listener.is_some() || Otlp::of_process().is_some();
        let metrics = are_wanted.then(Metrics::new).transpose()?;
        let sender = settings.mail.mail_from.parse()?;
        let transport = transport(&mail_target, &sender, &mailbox)?;
        let shows_mail = matches!(mail_target, MailTarget::Dev) && settings.is_on_this_machine();
        if matches!(mail_target, MailTarget::Dev) || is_in_data_dir(settings, &config) {
            create_private_dir(&settings.data_dir)?;
        }
        let config = Config {
            encryption_keys: encryption_keys(settings)?,
            ..config
        };
        let builder = AuthBuilder::with(config)
            .strategy(strategy.strategy(settings)?)
            .bridge(other_strategies::bridge(settings, strategy)?)
            .shadow(other_strategies::shadow(settings, strategy)?)
            .providers(providers.providers)
            .mail_transport(transport)
            .clock(clock)
            .node_name(listener.local_addr()?.to_string());
        Ok(Self {
            listener,
            builder: observed(builder, metrics.as_ref()),
            mail_target,
            mailbox: shows_mail.then_some(mailbox),
            provider: providers.dev,
            metrics,
            metrics_listener,
        })
    }
}

/// Asks the stores now and then for what the metrics show.
fn watches(metrics: &Metrics, auth: &Auth) -> Vec<JoinHandle<()>> {
    let stores = metrics.clone().watch_stores(auth.clone());
    let mut watches = vec![actix_web::rt::spawn(stores)];
    if auth.api().accounts().strategy().bridge().is_some() {
        let bridge = metrics.clone().watch_bridge(auth.clone());
        watches.push(actix_web::rt::spawn(bridge));
    }
    watches
}

/// Whether the database is a file that the data dir is made for.
fn is_in_data_dir(settings: &Settings, config: &Config) -> bool {
    let file = config.stores.database.sqlite_file();
    file.is_some_and(|file| file.starts_with(&settings.data_dir))
}

/// The metrics, where there are any, hear of what happens and of every answer.
fn observed(builder: AuthBuilder, metrics: Option<&Metrics>) -> AuthBuilder {
    match metrics {
        Some(metrics) => builder
            .on_events(Arc::new(metrics.clone()))
            .measured_by(Arc::new(metrics.clone()))
            .observer(metrics.observer()),
        None => builder,
    }
}

impl Started {
    async fn new(
        server: &Server,
        settings: &Settings,
        strategy: &dyn StrategySettings,
    ) -> anyhow::Result<Self> {
        let checked = Checked::new(server, settings, strategy)?;
        let auth = checked.builder.build().await.map_err(explained)?;
        let api = auth.api();
        warn_of_other_sites(api);
        let beside = ExtraRoutes::new(settings, api.config(), checked.mailbox, checked.provider);
        if let Some(otlp) = Otlp::of_process() {
            api.trace_by(otlp.tracer());
        }
        let metrics = checked.metrics.as_ref();
        let watches = metrics.map_or(vec![], |metrics| watches(metrics, &auth));
        let connections = Connections::on(&checked.listener)?;
        let http = listen::serve(checked.listener, settings, api, &beside, &connections)?;
        let workers = settings
            .workers
            .or_else(|| available_parallelism().ok().map(Into::into));
        let measured = checked.metrics;
        let measured = measured.map(|metrics| metrics.of(&auth, server.name, workers.unwrap_or(1)));
        let metrics = measured.as_ref().zip(checked.metrics_listener);
        let metrics = metrics.map(|(measured, at)| measured.serve(at, settings));
        let pushing = measured.zip(Otlp::of_process()).map(|(measured, otlp)| {
            otlp.push(
                measured,
                server.name,
                settings.telemetry.otlp_metrics_interval,
            )
        });
        Ok(Self {
            stop: Stop::new(api, http.handle(), connections, settings.drain_delay),
            auth,
            http,
            metrics: metrics.transpose()?,
            watches,
            pushing: pushing.transpose()?,
            mail_target: checked.mail_target,
        })
    }

    fn public_url(&self) -> &Url {
        &self.auth.api().config().public_url
    }

    /// Serves until the server is stopped, then lets the mail in delivery finish.
    async fn run(self) -> anyhow::Result<()> {
        let metrics = self.metrics.map(|server| {
            let handle = server.handle();
            actix_web::rt::spawn(server);
            handle
        });
        self.http.await.context("the listener failed")?;
        self.watches.iter().for_each(JoinHandle::abort);
        if let Some(pushing) = self.pushing {
            let _ = spawn_blocking(move || pushing.stop()).await;
        }
        if let Some(metrics) = metrics {
            metrics.stop(false).await;
        }
        self.auth.stop().await;
        Ok(())
    }

    /// Says where the server is and where its mail goes.
    fn announce(&self, server: &Server, settings: &Settings) {
        let base = self.public_url().as_str().trim_end_matches('/');
        let api = format!("{base}{}", settings.base_path);
        let shown = |pages, at: String| match pages {
            Pages::On => at,
            Pages::Off => "off".to_owned(),
        };
        let pages = shown(settings.pages, base.to_owned());
        let docs = shown(settings.docs, format!("{base}/docs"));
        let mail = match &self.mail_target {
            MailTarget::Dev if settings.is_on_this_machine() => {
                format!("{base}/dev/mailbox (nothing leaves this machine)")
            }
            MailTarget::Dev => "kept in the data dir".into(),
            target => target.to_string(),
        };
        let database = database_url(settings).map(|url| url.to_string());
        let database = database.unwrap_or_default();
        let providers = self.auth.api().accounts().providers().iter();
        let providers: Vec<_> = providers
            .map(|provider| format!("\n  Sign in   {api}/oauth/{}/start", provider.id()))
            .collect();
        let providers = providers.concat();
        match settings.log {
            LogFormat::Json => {
                info!(server = server.name, api, mail, database, "ready");
            }
            LogFormat::Pretty => say(format_args!(
                "{} is ready\n  Pages     {pages}\n  API       {api}\n  API docs  {docs}\n  Mail      {mail}\n  Database  {database}{providers}",
                server.name
            )),
        }
    }
}

/// Tells people something on standard output, if anybody is there to hear it.
pub(crate) fn say(text: impl Display) {
    let _ = writeln!(stdout(), "{text}");
}

/// Trust lets a page call, but on cookie strategies its browser brings no cookie from another
/// site (SameSite=Lax), so that nobody stays signed in there.
fn warn_of_other_sites(api: &Api) {
    let strategy = api.accounts().strategy().description();
    let (own, trusted) = (&api.config().public_url, &api.config().trusted_origins);
    if strategy.transport == Transport::Cookie {
        for origin in trusted
            .iter()
            .filter(|origin| !origin.shares_cookies_with(own))
        {
            warn!(
                "--trusted-origin {origin} is another site than {}: browsers keep this server's \
                 cookies from its pages, so nobody can sign in there. Serve them from the same \
                 site, or use bearer tokens",
                api.config().origin()
            );
        }
    }
}

fn listen(server: &Server, settings: &Settings) -> anyhow::Result<TcpListener> {
    let default = SocketAddr::from((Ipv4Addr::LOCALHOST, server.port));
    listen_on("--bind", settings.bind.unwrap_or(default))
}

fn listen_on(setting: &str, at: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(at).with_context(|| {
        format!("{setting} {at} can't be listened on; give another address or port")
    })
}

fn public_url(settings: &Settings, listener: &TcpListener) -> anyhow::Result<Url> {
    match &settings.public_url {
        Some(url) => Ok(url.clone()),
        None => {
            let port = listener.local_addr()?.port();
            Ok(Url::parse(&format!("http://localhost:{port}"))?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Settings::command().debug_assert();
    }
}
