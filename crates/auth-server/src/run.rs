//! Starting, serving and stopping.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server as HttpServerFuture;
use actix_web::rt::System;
use anyhow::Context as _;
use auth_core::{Clock, SystemClock};
use auth_http::Api;
use auth_mail::{DevMailbox, MailTarget, OutboxWorker, mailer};
use clap::{CommandFactory as _, FromArgMatches as _};
use tokio::sync::oneshot;
use tracing::{info, warn};
use url::Url;

use crate::beside::Beside;
use crate::metrics::Metrics;
use crate::server::{Parts, Server};
use crate::settings::{LogFormat, Pages, Settings, without_secrets};
use crate::stop::{Connections, Stop};
use crate::stores::{OpenStores, every};
use crate::{build, listen, providers, stores, telemetry};

/// The whole life of a server binary: reads its settings, serves until it is told to
/// stop, and says in one sentence what kept it from starting.
pub fn main(server: &Server) -> ExitCode {
    let command = Settings::command().name(server.name);
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
    let started = Started::new(server, settings).await?;
    started.announce(server, settings);
    let stop = started.stop.clone();
    actix_web::rt::spawn(async move {
        told_to_stop().await;
        info!("stopping: requests in progress are finished first");
        stop.now().await;
    });
    started.run().await
}

/// Waits for SIGTERM or Ctrl-C.
pub(crate) async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut term) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = term.recv() => return,
                _ = tokio::signal::ctrl_c() => return,
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
    purge_interval: Duration,
}

impl Started {
    async fn new(server: &Server, settings: &Settings) -> anyhow::Result<Self> {
        settings.check()?;
        settings.warnings().iter().for_each(|text| warn!("{text}"));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let listener = listen(server, settings)?;
        let public_url = public_url(settings, &listener)?;
        let http_config = build::http_config(settings, public_url.clone());
        let open = providers::open(server, settings, &http_config, &clock)?;
        let stores = stores::open(settings).await?;
        let mail_target: MailTarget = settings.mail_target()?.parse()?;
        let mailbox = DevMailbox::new(settings.data_dir.join("mailbox"), clock.clone());
        let metrics = settings.metrics_bind;
        let metrics = metrics
            .map(|at| anyhow::Ok((Metrics::new()?, at)))
            .transpose()?;
        let observer = metrics.as_ref().map(|(metrics, _)| metrics.observer());
        let backend = (server.backend)(&Parts {
            settings,
            http: &http_config,
            registry: build::registry(settings, &stores, &clock),
            clock: clock.clone(),
            data_dir: settings.data_dir.clone(),
        })?;
        let (providers, strategy) = (open.providers, backend.strategy);
        let accounts =
            build::accounts(settings, &http_config, &stores, providers, strategy, &clock)?;
        let sender = settings.mail.mail_from.parse()?;
        let mailer = mailer(&mail_target, &sender, &mailbox)?;
        let worker = build::worker_config(settings, &http_config);
        let mail = OutboxWorker::new(stores.accounts.clone(), mailer, clock.clone(), worker);
        let api = Api::new(
            accounts,
            http_config,
            backend.mount,
            Arc::new(stores.clone()),
            backend.key_set,
            observer,
        );
        let beside = Beside::new(
            settings,
            api.config(),
            matches!(mail_target, MailTarget::Dev).then_some(mailbox),
            open.dev,
        );
        let connections = Connections::on(&listener)?;
        let http = listen::serve(listener, settings, &api, &beside, &connections)?;
        Ok(Self {
            public_url,
            stop: Stop::new(&api, http.handle(), connections),
            http,
            api,
            metrics: metrics.map(|(m, at)| m.serve(at)).transpose()?,
            mail,
            mail_target,
            stores,
            clock,
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
        let upkeep = actix_web::rt::spawn(async move {
            every(self.purge_interval, || async {
                accounts.purge().await?;
                Ok(stores.purge(&*clock).await?)
            })
            .await;
        });
        let metrics = self.metrics.map(|server| {
            let handle = server.handle();
            actix_web::rt::spawn(server);
            handle
        });
        self.http.await.context("the listener failed")?;
        upkeep.abort();
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
            MailTarget::Dev => format!("{base}/dev/mailbox (nothing leaves this machine)"),
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
            LogFormat::Pretty => println!(
                "{} is ready\n  Pages     {pages}\n  API       {api}\n  API docs  {docs}\n  Mail      {mail}\n  Database  {database}{providers}",
                server.name
            ),
        }
    }
}

fn listen(server: &Server, settings: &Settings) -> anyhow::Result<TcpListener> {
    let default = SocketAddr::from((Ipv4Addr::LOCALHOST, server.port));
    let at = settings.bind.unwrap_or(default);
    TcpListener::bind(at)
        .with_context(|| format!("--bind {at} can't be listened on; give another address or port"))
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
