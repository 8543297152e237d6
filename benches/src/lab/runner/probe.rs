//! What does not have to be measured again and again: round trips of a request, bytes of a
//! session, and how soon a sign-out counts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use tokio::time::sleep;

use super::measure::{Meter, float};
use super::revocation;
use crate::lab::environment::{Deployment, Environment, Opening, Service, Services, Store};
use crate::lab::generator::{Offer, Person, Workload};
use crate::lab::plan::Settings;
use crate::lab::record::Shape;

/// Accounts, over which sessions are spread.
const ACCOUNTS: usize = 20;

/// Users while round trips are counted: few, since it is not about speed.
const USERS: u32 = 8;

/// The same where users think most of the time.
const THINKING: u32 = 64;

/// How long they are counted, and how long nobody asks anything before.
const COUNT: Duration = Duration::from_secs(1);

/// Sign-ins before the sessions that are weighed: what a server allocates once is then there.
const FIRST: usize = 50;

/// How long an access token is valid where only its end revokes it. The usual lifetime would
/// take minutes to see; a verifier grants five seconds more in either case.
pub const ACCESS_TTL: Duration = Duration::from_secs(2);

/// What was found out about a deployment.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Round trips to the stores per request.
    pub trips: BTreeMap<Workload, f64>,
    /// Bytes that the stores keep for a session.
    pub bytes_per_session: Option<f64>,
    /// Times until a signed-out credential was refused everywhere.
    pub lags: Vec<Option<Duration>>,
}

/// Who finds it out.
pub struct Probe<'a> {
    /// What is looked at.
    pub deployment: &'a Deployment,
    /// The servers it may use.
    pub services: &'a Services,
    /// How.
    pub settings: &'a Settings,
    /// Ends it early.
    pub stop: &'a Arc<AtomicBool>,
}

impl Probe<'_> {
    /// Looks at everything that can be told of the deployment.
    ///
    /// # Errors
    /// When it does not start, or does not do what it should.
    pub async fn find(&self, workloads: &[Workload]) -> anyhow::Result<Findings> {
        let mut findings = Findings::default();
        let remote = self.deployment.store.is_remote();
        let environment = self.open(remote).await?;
        let found = self.look(&environment, workloads, &mut findings).await;
        environment.close().await;
        found?;
        if self.can_weigh() && !self.stopped() {
            findings.bytes_per_session = Some(self.weigh().await?);
        }
        Ok(findings)
    }

    /// What a session weighs depends on neither the way to the store nor on nodes. A Redis that
    /// others use is not searched for it.
    fn can_weigh(&self) -> bool {
        let plain = self.deployment.rtt.is_zero() && self.deployment.nodes == 1;
        let redis = self.deployment.store.needs_redis();
        plain && (!redis || self.services.redis().is_ok_and(Service::is_own))
    }

    async fn open(&self, counts_trips: bool) -> anyhow::Result<Environment> {
        let stateless = self.deployment.strategy.is_stateless();
        let opening = Opening {
            accounts: ACCOUNTS,
            argon2: self.settings.cheap,
            access_ttl: stateless.then_some(ACCESS_TTL),
            counts_trips,
        };
        Environment::open(self.deployment, &opening, self.services).await
    }

    async fn look(
        &self,
        environment: &Environment,
        workloads: &[Workload],
        findings: &mut Findings,
    ) -> anyhow::Result<()> {
        if self.deployment.store.is_remote() {
            findings.trips = self.count_trips(environment, workloads).await?;
        } else {
            // There is no network in between, by definition.
            findings.trips = workloads.iter().map(|workload| (*workload, 0.0)).collect();
        }
        if !self.stopped() {
            findings.lags = revocation::lags(environment, self.settings.revocation_wait).await?;
        }
        Ok(())
    }

    async fn count_trips(
        &self,
        environment: &Environment,
        workloads: &[Workload],
    ) -> anyhow::Result<BTreeMap<Workload, f64>> {
        let mut trips = BTreeMap::new();
        // Of two looks the quieter one counts: what goes on after seeding is not idle.
        let idle = idle_trips(environment).await;
        let idle = idle.min(idle_trips(environment).await);
        let meter = Meter {
            environment,
            stores: vec![],
            idle_trips: float(idle) / COUNT.as_secs_f64(),
        };
        for workload in workloads {
            let run = meter.run(&self.offer(environment, *workload)).await?;
            if let Some(count) = run.and_then(|run| run.store_round_trips) {
                trips.insert(*workload, count);
            }
        }
        Ok(trips)
    }

    fn offer(&self, environment: &Environment, workload: Workload) -> Offer {
        let thinks = workload == Workload::Seed;
        Offer {
            workload,
            shape: Shape::Closed {
                users: if thinks { THINKING } else { USERS },
            },
            nodes: environment.nodes.clone(),
            accounts: environment.accounts.clone(),
            ramp: None,
            warm_up: COUNT / 4,
            time: if thinks { 4 * COUNT } else { COUNT },
            threads: 1,
            seed: self.settings.seed,
            stop: Arc::clone(self.stop),
        }
    }

    /// What the stores grow by when so many users sign in.
    async fn weigh(&self) -> anyhow::Result<f64> {
        let mut environment = self.open(false).await?;
        let weighed = self.weigh_on(&mut environment).await;
        environment.close().await;
        weighed
    }

    async fn weigh_on(&self, environment: &mut Environment) -> anyhow::Result<f64> {
        let count = self.settings.weighed_sessions;
        self.sign_in(environment, FIRST).await?;
        let (before, sessions) = match self.deployment.store {
            // The file only tells when the servers have stopped: it counts from the start.
            Store::Sqlite => (environment.empty_bytes, FIRST + count),
            _ => (self.weight(environment).await?, count),
        };
        self.sign_in(environment, count).await?;
        if self.deployment.store == Store::Sqlite {
            environment.stop_servers().await;
        }
        let after = self.weight(environment).await?;
        Ok(float(after.saturating_sub(before)) / float(sessions as u64))
    }

    async fn sign_in(&self, environment: &Environment, count: usize) -> anyhow::Result<()> {
        let node = environment.nodes.first().context("there are no nodes")?;
        let mut people = vec![];
        for account in &environment.accounts {
            people.push(Person::new(node, account));
        }
        for number in 0..count {
            if self.stopped() {
                break;
            }
            let person = number % people.len();
            people[person].sign_in().await?;
        }
        Ok(())
    }

    async fn weight(&self, environment: &Environment) -> anyhow::Result<u64> {
        match self.deployment.store {
            Store::Memory => environment.resident_memory().context("no memory is told"),
            Store::Sqlite | Store::Postgres => environment.database()?.session_bytes().await,
            Store::Redis => self.services.redis()?.bytes_of_keys().await,
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Round trips that servers make by themselves in the time of a count.
async fn idle_trips(environment: &Environment) -> u64 {
    let before = environment.trips().unwrap_or(0);
    sleep(COUNT).await;
    environment.trips().unwrap_or(0).saturating_sub(before)
}
