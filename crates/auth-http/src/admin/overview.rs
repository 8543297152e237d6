//! How the server does, in figures.

use actix_web::web::Json;
use async_trait::async_trait;
use auth_core::cache::CacheState;
use auth_core::mail::Backlog;
use auth_core::password::HasherLoad;
use auth_core::{StoreError, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::State;
use super::caller::Permitted;
use super::system::parts;
use super::system_dto::PartsAnswer;

/// What only the process around the API can tell of itself and its neighbours.
#[async_trait]
pub trait FigureSource: Send + Sync {
    /// What is known without asking a store.
    fn own(&self) -> OwnFigures;

    /// What the stores tell, by bounded statements.
    ///
    /// # Errors
    /// When a store fails.
    async fn stored(&self) -> Result<StoredFigures, StoreError>;
}

/// What a server knows of itself.
#[derive(Clone, Copy, Debug)]
pub struct OwnFigures {
    /// When it started.
    pub started_at: Timestamp,
    /// Sign-ins since then.
    pub since_start: SignInCounts,
    /// Sign-ins within the last minute.
    pub last_minute: SignInCounts,
    /// The threads that hash passwords.
    pub hasher: HasherLoad,
    /// The cache of credentials, if there is one.
    pub cache: Option<CacheState>,
}

/// Sign-ins by what came of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SignIns)]
pub struct SignInCounts {
    /// Who is signed in now.
    pub succeeded: u64,
    /// Who was refused.
    pub failed: u64,
    /// Who was asked for a second factor.
    pub pending: u64,
    /// Who met a limit.
    pub throttled: u64,
}

/// What the stores tell.
#[derive(Clone, Debug)]
pub struct StoredFigures {
    /// The mails that wait, counted up to a bound.
    pub mail: Backlog,
    /// The live sessions, counted up to a bound, where that is cheap.
    pub sessions: Option<u64>,
    /// Whether reads may be answered from memory: the lease holds.
    pub answers_from_memory: bool,
    /// The servers of the database.
    pub nodes: Vec<NodeFigures>,
}

/// A server of the database.
#[derive(Clone, Debug)]
pub struct NodeFigures {
    /// What it is called.
    pub name: String,
    /// Whether it is the one that answers.
    pub is_own: bool,
    /// When it last told of itself.
    pub seen_at: Timestamp,
    /// Whether it keeps its sessions where the one that answers does.
    pub shares_sessions: bool,
    /// Whether it tells the others what it ends; versions without leases don't.
    pub tells: bool,
}

/// How the server does. Counts of sign-ins, hashing and the cache are its own; mails, sessions and
/// nodes are those of the stores, and missing while those can't be asked.
#[derive(Serialize, ToSchema)]
#[schema(as = Overview)]
pub(super) struct OverviewAnswer {
    server: ServerDto,
    sign_ins: SignInsDto,
    hashing: HashingDto,
    /// None where nothing is kept in memory.
    cache: Option<CacheDto>,
    mail: Option<MailDto>,
    /// Live sessions, up to 100,000; none where the store can't count them cheaply.
    sessions: Option<u64>,
    nodes: Option<Vec<NodeDto>>,
    health: PartsAnswer,
}

/// The server that answers.
#[derive(Serialize, ToSchema)]
#[schema(as = OverviewServer)]
struct ServerDto {
    #[schema(value_type = String, example = "session")]
    strategy: &'static str,
    #[schema(value_type = String, example = "cookie")]
    transport: &'static str,
    #[schema(format = DateTime)]
    started_at: String,
}

/// Sign-ins at the server that answers.
#[derive(Serialize, ToSchema)]
#[schema(as = OverviewSignIns)]
struct SignInsDto {
    since_start: SignInCounts,
    last_minute: SignInCounts,
}

/// The threads that hash passwords.
#[derive(Serialize, ToSchema)]
#[schema(as = OverviewHashing)]
struct HashingDto {
    /// Passwords that are hashed, or wait for it.
    pending: usize,
    /// Passwords that may wait at most.
    capacity: usize,
    threads: usize,
}

/// The cache of credentials.
#[derive(Serialize, ToSchema)]
#[schema(as = OverviewCache)]
struct CacheDto {
    /// Reads that it answered.
    hits: u64,
    /// Reads whose credential it did not have.
    misses: u64,
    /// Reads for which it was not asked, since not all changes were known.
    bypasses: u64,
    bytes: u64,
    /// Whether it may answer now; none while the stores can't be asked.
    lease_holds: Option<bool>,
}

/// The mails that wait.
#[derive(Serialize, ToSchema)]
#[schema(as = OverviewMail)]
struct MailDto {
    /// How many, up to 10,000.
    waiting: u64,
    /// How many of those were tried in vain.
    failing: u64,
    /// When the first of them is, or was, due.
    #[schema(format = DateTime)]
    first_due_at: Option<String>,
}

/// A server of the database.
#[derive(Serialize, ToSchema)]
#[schema(as = OverviewNode)]
struct NodeDto {
    name: String,
    /// Whether it is the one that answers.
    this: bool,
    #[schema(format = DateTime)]
    seen_at: String,
    /// Whether it keeps its sessions where the one that answers does.
    shares_sessions: bool,
    /// Whether it takes part in leases; servers of earlier versions don't.
    leases: bool,
}

impl From<&NodeFigures> for NodeDto {
    fn from(node: &NodeFigures) -> Self {
        Self {
            name: node.name.clone(),
            this: node.is_own,
            seen_at: node.seen_at.to_string(),
            shares_sessions: node.shares_sessions,
            leases: node.tells,
        }
    }
}

impl From<&Backlog> for MailDto {
    fn from(mail: &Backlog) -> Self {
        Self {
            waiting: mail.count,
            failing: mail.failing,
            first_due_at: mail.first_due.map(|at| at.to_string()),
        }
    }
}

/// How the server does, in figures: for a page that looks every few seconds.
#[utoipa::path(
    get, path = "/overview", tag = "system",
    responses((status = 200, description = "The figures", body = OverviewAnswer))
)]
pub(super) async fn show_overview(api: State, _by: Permitted) -> Json<OverviewAnswer> {
    let own = api.inner.figures.own();
    // What can't be asked is missing, and the health says why.
    let stored = api.inner.figures.stored().await.ok();
    let strategy = api.api().accounts().strategy().description();
    let cache = own.cache.map(|cache| CacheDto {
        hits: cache.hits,
        misses: cache.misses,
        bypasses: cache.bypasses,
        bytes: cache.bytes,
        lease_holds: stored.as_ref().map(|stored| stored.answers_from_memory),
    });
    let nodes = stored.as_ref().map(|stored| stored.nodes.iter());
    Json(OverviewAnswer {
        server: ServerDto {
            strategy: strategy.name,
            transport: strategy.transport.as_str(),
            started_at: own.started_at.to_string(),
        },
        sign_ins: SignInsDto {
            since_start: own.since_start,
            last_minute: own.last_minute,
        },
        hashing: HashingDto {
            pending: own.hasher.pending,
            capacity: own.hasher.capacity,
            threads: own.hasher.threads,
        },
        cache,
        mail: stored.as_ref().map(|stored| (&stored.mail).into()),
        sessions: stored.as_ref().and_then(|stored| stored.sessions),
        nodes: nodes.map(|nodes| nodes.map(Into::into).collect()),
        health: parts(&api).await,
    })
}
