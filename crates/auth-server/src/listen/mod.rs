//! Listening: peers that are slow, greedy or gone keep nobody else waiting.
//!
//! actix-web bounds the first head of a connection and its idle time. It bounds neither
//! the heads after it, nor an answer that nobody reads, nor who holds the connections. So
//! the server is built here from actix's own parts, around a stream that does.

mod answering;
mod arriving;
mod files;
mod peer;
mod places;
mod stream;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::HttpServiceBuilder;
use actix_server::Server;
use actix_service::{
    IntoServiceFactory as _, ServiceFactory, ServiceFactoryExt as _, fn_service, map_config,
};
use actix_web::App;
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use anyhow::Context as _;
use auth_core::Live;
use auth_http::{Api, Middleware};
use ipnet::IpNet;
use tokio::net::TcpStream;

use crate::extra_routes::ExtraRoutes;
use crate::pages::for_people;
use crate::settings::Settings;
use crate::stop::Connections;
use answering::{Answering, InPieces, PIECE};
use places::{Caps, Places};
use stream::Guarded;

/// How long the steps of a conversation may take.
#[derive(Clone, Copy, Debug)]
struct Deadlines {
    /// From the first byte of a request to the end of its head.
    head: Duration,
    /// Until a peer has taken the next piece of an answer.
    write: Duration,
    /// Between an answer and the next request.
    idle: Duration,
}

/// How far the clock behind by which actix-http counts may be. A peer is never given less time
/// than it has, but this much more.
const TICK: Duration = Duration::from_millis(500);

/// How long a connection that closes waits for its peer to notice.
const GOODBYE: Duration = Duration::from_secs(1);

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// Connections to a listener beside that of the contract, of which few are needed: they find
/// room among the files that are no connections of clients.
const FEW: usize = 64;

/// What a listener grants its peers.
pub(crate) struct Terms {
    deadlines: Deadlines,
    caps: Caps,
    workers: Option<usize>,
    shutdown_timeout: Duration,
}

impl Terms {
    /// For the contract, as the settings say.
    fn new(settings: &Settings, proxies: Live<Vec<IpNet>>) -> Self {
        let total = files::room_for(settings.connections.max_connections);
        Self::with(settings, settings.workers, total, proxies)
    }

    /// The same patience with few peers.
    pub(crate) fn with_few(settings: &Settings) -> Self {
        let total = settings.connections.max_connections.min(FEW);
        let proxies = settings.trusted_proxies.clone().into();
        Self::with(settings, Some(1), total, proxies)
    }

    fn with(
        settings: &Settings,
        workers: Option<usize>,
        total: usize,
        proxies: Live<Vec<IpNet>>,
    ) -> Self {
        let set = &settings.connections;
        Self {
            deadlines: Deadlines {
                head: set.head_timeout,
                write: set.write_timeout,
                idle: set.keep_alive,
            },
            caps: Caps {
                total,
                per_peer: set.max_connections_per_peer,
                proxies,
            },
            workers,
            shutdown_timeout: settings.shutdown_timeout,
        }
    }
}

/// Takes the address that a setting names.
///
/// # Errors
/// When it can't be had.
pub(crate) fn bind(setting: &str, at: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(at).with_context(|| {
        format!("{setting} {at} can't be listened on; give another address or port")
    })
}

/// Serves the contract, and what is beside it, until it is told to stop.
///
/// # Errors
/// When the listener can't be used.
pub(crate) fn serve(
    listener: TcpListener,
    settings: &Settings,
    api: &Api,
    beside: &ExtraRoutes,
    connections: &Connections,
) -> anyhow::Result<Server> {
    let (api, beside) = (api.clone(), beside.clone());
    let terms = Terms::new(settings, api.config().trusted_proxies.clone());
    serve_app(listener, terms, connections, move || {
        App::new()
            .configure(|app| beside.clone().register(app))
            .configure(api.routes())
            .wrap(Middleware)
            .wrap(from_fn(for_people))
    })
}

/// Serves an app on a listener until it is told to stop.
///
/// # Errors
/// As [`serve`].
pub(crate) fn serve_app<A, B>(
    listener: TcpListener,
    terms: Terms,
    connections: &Connections,
    app: impl Fn() -> App<A> + Clone + Send + 'static,
) -> anyhow::Result<Server>
where
    A: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = actix_web::Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    let deadlines = terms.deadlines;
    let places = Arc::new(Places::new(terms.caps));
    let connections = connections.clone();
    let server = Server::build();
    let stopping = server.graceful_shutdown_signal();
    let server = match terms.workers {
        Some(workers) => server.workers(workers.max(1)),
        None => server,
    };
    let service = move || {
        let app = app()
            .wrap(Answering)
            .into_factory()
            .map_err(|error: actix_web::Error| error.error_response());
        let (places, connections, stopping) =
            (places.clone(), connections.clone(), stopping.clone());
        let http: HttpServiceBuilder<Guarded, _> = HttpServiceBuilder::default();
        let http = http
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(deadlines.idle)
            .client_request_timeout(deadlines.head + TICK)
            .client_disconnect_timeout(GOODBYE)
            .h1_write_buffer_size(2 * PIECE)
            .on_connect_ext(move |stream: &Guarded, connection| {
                connections.count(connection);
                connection.insert(stream.talk());
            })
            .h1::<_, InPieces>(map_config(app, |_| AppConfig::default()));
        let admitted = fn_service(move |stream: TcpStream| {
            let admitted = admit(stream, &places, deadlines);
            async move { admitted.map_err(actix_http::error::DispatchError::Io) }
        });
        admitted.and_then(http)
    };
    let server = server
        .backlog(BACKLOG)
        // The caps are kept at the places, where a connection can make way for another.
        .max_concurrent_connections(usize::MAX / 2)
        .disable_signals()
        .shutdown_timeout(terms.shutdown_timeout.as_secs())
        .listen("http", listener, service)
        .context("the listener can't be used")?;
    Ok(server.run())
}

/// Gives a connection its place, if there is one.
fn admit(
    stream: TcpStream,
    places: &Arc<Places>,
    deadlines: Deadlines,
) -> std::io::Result<(Guarded, Option<SocketAddr>)> {
    let peer = stream.peer_addr()?;
    match places.admit(peer.ip()) {
        Some(place) => Ok((Guarded::new(stream, place, deadlines)?, Some(peer))),
        None => Err(std::io::ErrorKind::ConnectionRefused.into()),
    }
}
