//! Starting, serving and stopping.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{Write as _, stdout};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;

use actix_web::dev::Server as HttpServerFuture;
use actix_web::rt::System;
use anyhow::Context as _;
use auth_core::Live;
use auth_core::limit::Rules;
use auth_http::{ADMIN_PATH, AdminApi, ShownSetting};
use auth_mail::{DevMailbox, MailTarget, transport};
use clap::Args;
use comprehensive_auth::{Auth, AuthBuilder, Config};
use tokio::sync::oneshot;
use tracing::{info, warn};
use url::Url;

use crate::administration::Place;
use crate::command_line::CommandLine;
use crate::config::{database_url, explained};
use crate::data_dir::{create_private_dir, encryption_keys};
use crate::extra_routes::ExtraRoutes;
use crate::measuring::{Measured, Measuring, serve_beside};
use crate::plan::Plan;
use crate::reload::{Reload, said};
use crate::server::{Server, StrategySettings};
use crate::settings::{Docs, Given, LogFormat, Pages, Settings, check_variables, in_force};
use crate::signals::{HangUps, shutdown_signal};
use crate::stop::{Connections, Stop};
use crate::{listen, other_sites, telemetry};

/// The whole life of a server binary: reads its settings, serves until it is told to
/// stop, and says in one sentence what kept it from starting. At SIGHUP it reads its settings
/// again.
pub fn main<S: Args + StrategySettings + 'static>(server: &Server) -> ExitCode {
    let system = System::new();
    let hang_ups = system.block_on(async { HangUps::listen() });
    let args: Vec<OsString> = std::env::args_os().collect();
    let (line, given) = match CommandLine::<S>::read(server, &args) {
        Ok(read) => read,
        Err(error) => error.exit(),
    };
    let served = telemetry::start(&line.settings, server.name).and_then(|telemetry| {
        let served = system.block_on(serve(server, args, &line, &given, hang_ups));
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

async fn serve<S: Args + StrategySettings + 'static>(
    server: &Server,
    args: Vec<OsString>,
    line: &CommandLine<S>,
    given: &Given,
    mut hang_ups: HangUps,
) -> anyhow::Result<()> {
    check_variables(&CommandLine::<S>::definition(server))?;
    let settings = &line.settings;
    let shown = Live::new(in_force(&CommandLine::<S>::definition(server), given));
    let started = Started::new(server, settings, &line.strategy, shown.clone()).await?;
    started.announce(server, settings);
    let stop = started.stop.clone();
    actix_web::rt::spawn(async move {
        shutdown_signal().await;
        info!("stopping: requests in progress are finished first");
        stop.gently(shutdown_signal()).await;
    });
    let mut reload = Reload {
        server: *server,
        args,
        port: started.port,
        api: started.auth.api().clone(),
        limits: started.limits.clone(),
        serves_provider: started.serves_provider,
        in_force: said::<S>(settings, given)?,
        shown,
    };
    actix_web::rt::spawn(async move {
        loop {
            hang_ups.next().await;
            reload.run::<S>();
        }
    });
    started.run().await
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
            // What it was told, somebody else has read.
            match Started::new(&server, &settings, &*strategy, Live::default()).await {
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
    port: u16,
    stop: Stop,
    measured: Measured,
    admin: Option<(AdminApi, HttpServerFuture)>,
    mail_target: MailTarget,
    limits: Live<Option<Rules>>,
    /// Whether the built-in provider is served.
    serves_provider: bool,
}

/// All that a server needs before a store is opened: what the settings make, and what it listens
/// on and writes to.
struct Prepared {
    listener: TcpListener,
    builder: AuthBuilder,
    mail_target: MailTarget,
    limits: Live<Option<Rules>>,
    /// Pages, the development mailbox and the built-in provider, where they are served.
    beside: ExtraRoutes,
    measuring: Measuring,
    /// Where the admin API is, if there is one.
    admin: Option<Place>,
}

impl Prepared {
    fn new(
        server: &Server,
        settings: &Settings,
        strategy: &dyn StrategySettings,
    ) -> anyhow::Result<Self> {
        settings.check()?;
        settings.warnings().iter().for_each(|text| warn!("{text}"));
        let listener = listen(server, settings)?;
        let plan = Plan::new(server, settings, strategy, listener.local_addr()?.port())?;
        let mailbox = DevMailbox::new(settings.data_dir.join("mailbox"), plan.clock.clone());
        let measuring = Measuring::open(settings)?;
        let admin = Place::open(settings)?;
        let transport = transport(&plan.mail_target, &plan.sender, &mailbox)?;
        let keeps_mail = matches!(plan.mail_target, MailTarget::Dev);
        if keeps_mail || is_in_data_dir(settings, &plan.config) {
            create_private_dir(&settings.data_dir)?;
        }
        let config = Config {
            encryption_keys: encryption_keys(settings)?,
            admin_url: admin.as_ref().map(|place| place.url().clone()),
            ..plan.config
        };
        let limits = config.limits.clone();
        let builder = AuthBuilder::with(config)
            .strategy(plan.strategy)
            .bridge(plan.bridge)
            .shadow(plan.shadow)
            .providers(plan.providers.providers)
            .mail_transport(transport)
            .mail_templates(plan.mail_templates)
            .clock(plan.clock)
            .node_name(listener.local_addr()?.to_string());
        Ok(Self {
            listener,
            builder: match &admin {
                Some(place) => place.observing(measuring.observing(builder)),
                None => measuring.observing(builder),
            },
            mail_target: plan.mail_target,
            limits,
            beside: ExtraRoutes {
                pages: plan.pages,
                mailbox: plan.shows_mail.then_some(mailbox),
                provider: plan.providers.dev,
            },
            measuring,
            admin,
        })
    }
}

/// Whether the database is a file that the data dir is made for.
fn is_in_data_dir(settings: &Settings, config: &Config) -> bool {
    let file = config.stores.database.sqlite_file();
    file.is_some_and(|file| file.starts_with(&settings.data_dir))
}

impl Started {
    async fn new(
        server: &Server,
        settings: &Settings,
        strategy: &dyn StrategySettings,
        shown: Live<Vec<ShownSetting>>,
    ) -> anyhow::Result<Self> {
        let prepared = Prepared::new(server, settings, strategy)?;
        let auth = prepared.builder.build().await.map_err(explained)?;
        let api = auth.api();
        other_sites::warn(api);
        let serves_provider = prepared.beside.provider.is_some();
        let port = prepared.listener.local_addr()?.port();
        let measured = prepared.measuring.start(&auth, server, settings)?;
        let connections = Connections::on(&prepared.listener)?;
        let http = listen::serve(
            prepared.listener,
            settings,
            api,
            &prepared.beside,
            &connections,
        )?;
        let admin = prepared.admin;
        let admin = admin.map(|place| place.serve(&auth, settings, shown));
        Ok(Self {
            stop: Stop::new(api, http.handle(), connections, settings.drain_delay),
            auth,
            http,
            port,
            measured,
            admin: admin.transpose()?,
            mail_target: prepared.mail_target,
            limits: prepared.limits,
            serves_provider,
        })
    }

    fn public_url(&self) -> &Url {
        &self.auth.api().config().public_url
    }

    /// Serves until the server is stopped, then lets the mail in delivery finish.
    async fn run(self) -> anyhow::Result<()> {
        let admin = self.admin.map(|(api, server)| (api, serve_beside(server)));
        self.http.await.context("the listener failed")?;
        if let Some((api, handle)) = admin {
            api.api().drain();
            handle.stop(true).await;
        }
        self.measured.stop().await;
        self.auth.stop().await;
        Ok(())
    }

    /// Says where the server is and where its mail goes.
    fn announce(&self, server: &Server, settings: &Settings) {
        let base = self.public_url().as_str().trim_end_matches('/');
        let api = format!("{base}{}", settings.base_path);
        let shown = |is_on, at: String| if is_on { at } else { "off".to_owned() };
        let pages = shown(settings.pages != Pages::Off, base.to_owned());
        let docs = shown(settings.docs == Docs::On, format!("{base}/docs"));
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
        let admin = self.admin.as_ref().map(|(admin, _)| {
            let base = admin.api().config().public_url.as_str();
            format!("{}{ADMIN_PATH}", base.trim_end_matches('/'))
        });
        match settings.log {
            LogFormat::Json => {
                info!(server = server.name, api, mail, database, admin, "ready");
            }
            LogFormat::Pretty => say(format_args!(
                "{} is ready\n  Pages     {pages}\n  API       {api}\n  API docs  {docs}\n  Mail      {mail}\n  Database  {database}{}{providers}",
                server.name,
                admin
                    .map(|at| format!("\n  Admin API {at}"))
                    .unwrap_or_default()
            )),
        }
    }
}

/// Tells people something on standard output, if anybody is there to hear it.
pub(crate) fn say(text: impl Display) {
    let _ = writeln!(stdout(), "{text}");
}

fn listen(server: &Server, settings: &Settings) -> anyhow::Result<TcpListener> {
    let default = SocketAddr::from((Ipv4Addr::LOCALHOST, server.port));
    listen::bind("--bind", settings.bind.unwrap_or(default))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Settings::command().debug_assert();
    }
}
