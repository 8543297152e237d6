//! Starting, serving and stopping.

use std::fmt::Display;
use std::io::{Write as _, stdout};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server as HttpServerFuture;
use actix_web::rt::System;
use anyhow::Context as _;
use auth_core::events::{EventSink, Events, Log};
use auth_core::{Clock, Hasher, Mailer, Strategy, SystemClock, Transport};
use auth_http::{Api, HttpConfig};
use auth_mail::{DevMailbox, MailTarget, OutboxWorker, mailer};
use clap::{CommandFactory as _, FromArgMatches as _};
use tokio::sync::oneshot;
use tracing::{info, warn};
use url::Url;

use crate::extra_routes::ExtraRoutes;
use crate::metrics::Metrics;
use crate::peers::Announcer;
use crate::server::{Backend, Parts, Server};
use crate::settings::{
    LogFormat, Pages, Settings, check_variables, without_empty_variables, without_secrets,
};
use crate::stop::{Connections, Stop};
use crate::stores::{OpenStores, every};
use crate::{build, listen, peers, providers, stores, telemetry};

/// The whole life of a server binary: reads its settings, serves until it is told to
/// stop, and says in one sentence what kept it from starting.
pub fn main(server: &Server) -> ExitCode {
    let command = without_empty_variables(Settings::command().name(server.name));
    let matches = command.try_get_matches();
    let settings = match matches.and_then(|matches| Settings::from_arg_matches(&matches)) {
        Ok(settings) => settings,
        Err(error) => without_secrets(error).exit(),
    };
    telemetry::start(settings.log);
    match System::new().block_on(serve(server, &settings)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let reason = format!("{error:#}");
            let reason = reason.trim_end_matches('.');
            eprintln!("{} did not start: {reason}.", server.name);
            ExitCode::FAILURE
        }
    }
}

async fn serve(server: &Server, settings: &Settings) -> anyhow::Result<()> {
    check_variables(&Settings::command())?;
    let started = Started::new(server, settings).await?;
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
pub fn spawn(server: &Server, settings: &Settings) -> anyhow::Result<Running> {
    let (server, settings) = (*server, settings.clone());
    let (ready, started) = oneshot::channel();
    let thread = std::thread::spawn(move || {
        System::new().block_on(async move {
            match Started::new(&server, &settings).await {
                Ok(started) => {
                    let (url, stop) = (started.public_url.clone(), started.stop.clone());
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
    public_url: Url,
    api: Api,
    http: HttpServerFuture,
    stop: Stop,
    metrics: Option<HttpServerFuture>,
    mail: OutboxWorker,
    mail_target: MailTarget,
    stores: OpenStores,
    clock: Arc<dyn Clock>,
    announcer: Announcer,
    purge_interval: Duration,
}

/// What the settings make before a store is opened: whatever they can be refused for shows
/// here, so that settings which keep a new version from starting leave the schema to the old
/// one.
struct Checked {
    clock: Arc<dyn Clock>,
    listener: TcpListener,
    http: HttpConfig,
    providers: providers::OpenProviders,
    mail_target: MailTarget,
    /// The development mailbox, where it is shown.
    mailbox: Option<DevMailbox>,
    mailer: Arc<dyn Mailer>,
    metrics: Option<(Metrics, TcpListener)>,
    hasher: Hasher,
    backend: Backend,
}

impl Checked {
    fn new(server: &Server, settings: &Settings) -> anyhow::Result<Self> {
        settings.check()?;
        settings.warnings().iter().for_each(|text| warn!("{text}"));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let listener = listen(server, settings)?;
        let public_url = public_url(settings, &listener)?;
        let http = build::http_config(settings, public_url);
        let providers = providers::open(server, settings, &http, &clock)?;
        let mail_target: MailTarget = settings.mail_target()?.parse()?;
        let mailbox = DevMailbox::new(settings.data_dir.join("mailbox"), clock.clone());
        let metrics = settings.metrics_bind;
        let metrics = metrics
            .map(|at| anyhow::Ok((Metrics::new()?, listen_on("--metrics-bind", at)?)))
            .transpose()?;
        let sender = settings.mail.mail_from.parse()?;
        let mailer = mailer(&mail_target, &sender, &mailbox)?;
        let shows_mail = matches!(mail_target, MailTarget::Dev) && settings.is_on_this_machine();
        let hasher = build::hasher(settings)?;
        let backend = (server.backend)(&Parts {
            settings,
            http: &http,
            clock: clock.clone(),
            data_dir: settings.data_dir.clone(),
        })?;
        Ok(Self {
            clock,
            listener,
            http,
            providers,
            mail_target,
            mailbox: shows_mail.then_some(mailbox),
            mailer,
            metrics,
            hasher,
            backend,
        })
    }
}

/// The log hears of what happens, and the metrics where there are any.
fn events(metrics: Option<&Metrics>) -> Events {
    let log: Arc<dyn EventSink> = Arc::new(Log);
    let metrics = metrics.map(|metrics| Arc::new(metrics.clone()) as Arc<dyn EventSink>);
    Events::to([log].into_iter().chain(metrics))
}

impl Started {
    async fn new(server: &Server, settings: &Settings) -> anyhow::Result<Self> {
        let checked = Checked::new(server, settings)?;
        let (clock, listener) = (checked.clock, checked.listener);
        let mut stores = stores::open(settings).await?;
        stores.accounts.events = events(checked.metrics.as_ref().map(|(metrics, _)| metrics));
        let sessions = build::session_manager(settings, &stores, &clock);
        let backend = checked.backend;
        let access_ttl = backend.format.token_lifetime().unwrap_or_default();
        let transport = settings.tokens.transport.unwrap_or(backend.transport);
        let check = settings.tokens.revocation;
        let strategy = Strategy::new(sessions.clone(), backend.format, transport, check);
        let address = listener.local_addr()?;
        let announcer = Announcer::new(&stores, &sessions, clock.clone(), address, access_ttl);
        announcer.introduce().await;
        let accounts = build::Accounting {
            settings,
            http: &checked.http,
            stores: &stores,
            clock: &clock,
        };
        let accounts = accounts.accounts(checked.providers.providers, strategy, checked.hasher);
        accounts.note_hash_costs().await?;
        let mail = OutboxWorker::new(
            stores.accounts.clone(),
            checked.mailer,
            clock.clone(),
            build::limits(settings, &stores),
            build::worker_config(settings, &checked.http),
        );
        let metrics = checked.metrics.as_ref();
        let observer = metrics.map(|(metrics, _)| metrics.observer());
        let api = Api::new(
            accounts,
            checked.http,
            Arc::new(stores.clone()),
            backend.issuer,
            observer,
        );
        warn_of_other_sites(&api);
        let (mailbox, dev) = (checked.mailbox, checked.providers.dev);
        let beside = ExtraRoutes::new(settings, api.config(), mailbox, dev);
        let connections = Connections::on(&listener)?;
        let http = listen::serve(listener, settings, &api, &beside, &connections)?;
        let metrics = checked.metrics.map(|(m, at)| m.serve(at, settings));
        Ok(Self {
            public_url: api.config().public_url.clone(),
            stop: Stop::new(&api, http.handle(), connections, settings.drain_delay),
            http,
            api,
            metrics: metrics.transpose()?,
            mail,
            mail_target: checked.mail_target,
            stores,
            clock,
            announcer,
            purge_interval: settings.stores.purge_interval,
        })
    }

    /// Serves until the server is stopped, then lets the mail in delivery finish.
    async fn run(self) -> anyhow::Result<()> {
        let (stop_mail, stopped) = oneshot::channel::<()>();
        let mail = actix_web::rt::spawn(self.mail.run(async move {
            let _ = stopped.await;
        }));
        let (accounts, stores) = (self.api.accounts().clone(), self.stores);
        let checked = actix_web::rt::spawn(providers::check(accounts.providers().clone()));
        let clock = self.clock;
        let announcer = Arc::new(self.announcer);
        let announced = announcer.clone();
        let maintenance = actix_web::rt::spawn(async move {
            if let Err(error) = stores.database.fill_in_skeletons().await {
                warn!(%error, "usernames from before could not be looked at; tried again later");
            }
            every(self.purge_interval, || async {
                accounts.purge().await?;
                announced.forget().await?;
                Ok(stores.purge(&*clock).await?)
            })
            .await;
        });
        let exchanging = announcer.clone();
        let exchange = actix_web::rt::spawn(async move {
            every(peers::EVERY, || async { Ok(exchanging.exchange().await?) }).await;
        });
        let metrics = self.metrics.map(|server| {
            let handle = server.handle();
            actix_web::rt::spawn(server);
            handle
        });
        self.http.await.context("the listener failed")?;
        maintenance.abort();
        exchange.abort();
        announcer.leave().await;
        checked.abort();
        if let Some(metrics) = metrics {
            metrics.stop(false).await;
        }
        let _ = stop_mail.send(());
        let _ = mail.await;
        Ok(())
    }

    /// Says where the server is and where its mail goes.
    fn announce(&self, server: &Server, settings: &Settings) {
        let base = self.public_url.as_str().trim_end_matches('/');
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
        let database = stores::database_url(settings).map(|url| url.to_string());
        let database = database.unwrap_or_default();
        let providers = self.api.accounts().providers().iter();
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
