//! Changing over from one strategy to another with everybody still signed in.

use std::fmt::Display;
use std::sync::Arc;

use auth_core::accounts::Stores;
use auth_core::{
    Accounts, Clock, RevocationMode, Scheme, SchemeId, SessionManager, Timestamp, shadow,
};
use auth_http::TokenIssuer;

use crate::config::Config;
use crate::error::StartError;
use crate::strategy::{Backend, Parts, Strategy};
use crate::tasks::Tasks;

/// What is honoured beside the strategy, for [`AuthBuilder::bridge`](crate::AuthBuilder::bridge).
pub struct Bridge {
    /// The other strategies.
    pub from: Vec<Box<dyn Strategy>>,
    /// How many of a hundred sessions change over to the strategy, each when it is next
    /// refreshed by a client that can keep the other credential.
    pub percent: u8,
    /// When the others are no longer honoured.
    pub until: Option<Timestamp>,
}

impl Default for Bridge {
    fn default() -> Self {
        Self {
            from: vec![],
            percent: 100,
            until: None,
        }
    }
}

/// A strategy that decides beside the one in force, for
/// [`AuthBuilder::shadow`](crate::AuthBuilder::shadow).
pub struct Shadow {
    /// The strategy.
    pub strategy: Box<dyn Strategy>,
    /// How many of a hundred decisions it looks at, from 1.
    pub percent: u8,
}

/// Another strategy, ready to decide.
struct Second {
    scheme: Scheme,
    check: RevocationMode,
    percent: u8,
}

impl Second {
    /// Readies it.
    fn open(
        shadow: &Shadow,
        own: SchemeId,
        config: &Config,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let backend = open(&*shadow.strategy, config, clock)?;
        let scheme = Scheme::new(backend.format, backend.transport);
        if scheme.id() == own {
            let name = scheme.name();
            return Err(setting(format_args!(
                "--shadow {name} is the strategy in force: name another one, or leave it out"
            )));
        }
        Ok(Self {
            scheme,
            check: backend.check,
            percent: shadow.percent,
        })
    }

    /// Has it decide beside the strategy in force, among what runs beside the requests.
    fn beside(&self, accounts: Accounts, stores: &Stores, tasks: &mut Tasks) -> Accounts {
        let first = accounts.strategy().clone();
        let second =
            auth_core::Strategy::new(first.sessions().clone(), self.scheme.clone(), self.check);
        let shadow = shadow::Shadow::new(first, second, stores.users.clone());
        let (tap, decisions) = shadow::tapped(self.percent);
        tasks.add(shadow.run(decisions, stores.events.clone()));
        accounts.with_shadow(tap)
    }
}

fn open(
    strategy: &dyn Strategy,
    config: &Config,
    clock: &Arc<dyn Clock>,
) -> Result<Backend, StartError> {
    let parts = Parts {
        http: &config.http,
        clock_leeway: config.sessions.clock_leeway,
        clock: clock.clone(),
    };
    strategy.backend(&parts).map_err(StartError::Strategy)
}

/// The strategies of a server, ready.
pub(crate) struct Backends {
    own: Scheme,
    bridge: Option<auth_core::Bridge>,
    check: RevocationMode,
    second: Option<Second>,
    pub(crate) issuer: Option<TokenIssuer>,
}

impl Backends {
    /// Readies them.
    pub(crate) fn open(
        strategy: &dyn Strategy,
        bridge: &Bridge,
        shadow: Option<&Shadow>,
        config: &Config,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let mut all = vec![open(strategy, config, clock)?];
        for other in &bridge.from {
            all.push(open(&**other, config, clock)?);
        }
        check(&all, bridge.percent)?;
        // Where the own credentials are no tokens, those of the others say how tokens are checked.
        let with_tokens = all.iter().find(|one| one.format.token_lifetime().is_some());
        let check = with_tokens.map(|one| one.check).unwrap_or_default();
        let mut issuer = None;
        let mut schemes = all.into_iter().map(|backend| {
            issuer = issuer.take().or(backend.issuer);
            Scheme::new(backend.format, backend.transport)
        });
        let own = schemes
            .next()
            .ok_or_else(|| setting("there is no strategy"))?;
        let schemes: Vec<_> = schemes.collect();
        let bridge = (!schemes.is_empty()).then_some(auth_core::Bridge {
            schemes,
            percent: bridge.percent,
            until: bridge.until,
        });
        let second = shadow.map(|shadow| Second::open(shadow, own.id(), config, clock));
        Ok(Self {
            second: second.transpose()?,
            own,
            bridge,
            check,
            issuer,
        })
    }

    /// The strategy in force, over these sessions.
    pub(crate) fn strategy(&self, sessions: SessionManager) -> auth_core::Strategy {
        let strategy = auth_core::Strategy::new(sessions, self.own.clone(), self.check);
        match &self.bridge {
            Some(bridge) => strategy.bridged(bridge.clone()),
            None => strategy,
        }
    }

    /// Has the one decide beside it that is to, among what runs beside the requests.
    pub(crate) fn shadowed(
        &self,
        accounts: Accounts,
        stores: &Stores,
        tasks: &mut Tasks,
    ) -> Accounts {
        match &self.second {
            Some(second) => second.beside(accounts, stores, tasks),
            None => accounts,
        }
    }
}

fn check(all: &[Backend], percent: u8) -> Result<(), StartError> {
    if percent > 100 {
        return Err(setting("no more than 100 percent can change over"));
    }
    let mut seen: Vec<SchemeId> = vec![];
    for backend in all {
        let scheme = Scheme::new(backend.format.clone(), backend.transport);
        if seen.contains(&scheme.id()) {
            let name = scheme.name();
            return Err(setting(format_args!(
                "--bridge {name} names what is honoured anyhow: leave it out"
            )));
        }
        seen.push(scheme.id());
    }
    Ok(())
}

fn setting(sentence: impl Display) -> StartError {
    StartError::Setting(sentence.to_string())
}
