//! Metrics, where somebody wants them: their listener, what looks at the stores for them, and what
//! is sent by OTLP.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread::available_parallelism;

use actix_web::dev::{Server as HttpServerFuture, ServerHandle};
use comprehensive_auth::{Auth, AuthBuilder};
use tokio::task::{JoinHandle, spawn_blocking};
use tracing::error;

use crate::listen;
use crate::metrics::Metrics;
use crate::server::Server;
use crate::settings::Settings;
use crate::telemetry::otlp::{Otlp, Pushing};

/// What measures a server that is about to start.
pub(crate) struct Measuring {
    metrics: Option<Metrics>,
    /// Where Prometheus finds them.
    listener: Option<TcpListener>,
}

impl Measuring {
    /// Listens, where the settings name a place.
    ///
    /// # Errors
    /// When the address can't be had.
    pub(crate) fn open(settings: &Settings) -> anyhow::Result<Self> {
        let listener = settings.metrics_bind;
        let listener = listener.map(|at| listen::bind("--metrics-bind", at));
        let listener = listener.transpose()?;
        let are_wanted = listener.is_some() || Otlp::of_process().is_some();
        let metrics = are_wanted.then(Metrics::new).transpose()?;
        Ok(Self { metrics, listener })
    }

    /// The metrics, where there are any, hear of what happens and of every answer.
    pub(crate) fn observing(&self, builder: AuthBuilder) -> AuthBuilder {
        match &self.metrics {
            Some(metrics) => builder
                .on_events(Arc::new(metrics.clone()))
                .measured_by(Arc::new(metrics.clone()))
                .observer(metrics.observer()),
            None => builder,
        }
    }

    /// Measures these parts from now on.
    ///
    /// # Errors
    /// When the listener can't be used, or nothing can be sent as the settings say.
    pub(crate) fn start(
        self,
        auth: &Auth,
        server: &Server,
        settings: &Settings,
    ) -> anyhow::Result<Measured> {
        if let Some(otlp) = Otlp::of_process() {
            auth.api().trace_by(otlp.tracer());
        }
        let Some(metrics) = self.metrics else {
            return Ok(Measured::default());
        };
        let watches = watches(&metrics, auth);
        let workers = settings.workers;
        let workers = workers.or_else(|| available_parallelism().ok().map(Into::into));
        let all = metrics.of(auth, server.name, workers.unwrap_or(1));
        let listener = self.listener.map(|at| all.serve(at, settings));
        let interval = settings.telemetry.otlp_metrics_interval;
        let pushing = Otlp::of_process().map(|otlp| otlp.push(all, server.name, interval));
        Ok(Measured {
            listener: listener.transpose()?.map(serve_beside),
            watches,
            pushing: pushing.transpose()?,
        })
    }
}

/// Serves beside the contract. A listener that fails takes nothing else with it.
pub(crate) fn serve_beside(server: HttpServerFuture) -> ServerHandle {
    let handle = server.handle();
    actix_web::rt::spawn(async move {
        if let Err(error) = server.await {
            error!(%error, "a listener beside the contract's failed");
        }
    });
    handle
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

/// What measures a server.
#[derive(Default)]
pub(crate) struct Measured {
    listener: Option<ServerHandle>,
    watches: Vec<JoinHandle<()>>,
    pushing: Option<Pushing>,
}

impl Measured {
    /// Ends it; what waits to be sent is, within a bound.
    pub(crate) async fn stop(self) {
        self.watches.iter().for_each(JoinHandle::abort);
        if let Some(pushing) = self.pushing {
            let _ = spawn_blocking(move || pushing.stop()).await;
        }
        if let Some(listener) = self.listener {
            listener.stop(false).await;
        }
    }
}
