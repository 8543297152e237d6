//! The servers that tests need: from the environment, from this machine, or from apt.

use std::thread;

use anyhow::{Context as _, Result, anyhow};
use test_services::{ALL, Server, Service};

use crate::apt;

/// What the tests have, and what they lack. Dropping it ends the servers.
pub struct Services {
    running: Vec<Server>,
    /// What the tests have to do without, and what to do about it.
    pub missing: Option<String>,
}

impl Services {
    /// Gets every service that can be had.
    ///
    /// # Errors
    /// When one is there but does not work.
    pub fn provide(may_install: bool) -> Result<Self> {
        let (given, wanted): (Vec<_>, Vec<_>) = ALL.into_iter().partition(|one| one.is_given());
        for service in given {
            println!("{}: as {} says", service.name, service.url.name);
        }
        let missing = install(&wanted, may_install);
        let here = wanted.into_iter().filter(|one| one.is_installed());
        let running = start(here)?;
        let services = Self { running, missing };
        for (name, value) in services.environment() {
            println!("{name}={value}");
        }
        Ok(services)
    }

    /// The environment that tells tests about the servers.
    pub fn environment(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.running.iter().flat_map(Server::variables)
    }
}

/// Installs what is not here, and says what still isn't then, and why.
fn install(wanted: &[&'static Service], may_install: bool) -> Option<String> {
    let absent = absent(wanted);
    if absent.is_empty() {
        return None;
    }
    let packages: Vec<_> = absent
        .iter()
        .flat_map(|one| one.packages)
        .copied()
        .collect();
    let installed = if may_install {
        println!("The tests need {}, which is not here.", names(&absent));
        apt::install(&packages)
    } else {
        Err(anyhow!("--no-install was given"))
    };
    let problem = match installed {
        Ok(()) => "the packages did not bring it".to_owned(),
        Err(error) => format!("{error:#}"),
    };
    let absent = self::absent(&absent);
    let variables: Vec<_> = absent.iter().map(|one| one.url.name).collect();
    let (names, variables) = (names(&absent), variables.join(", "));
    (!absent.is_empty()).then(|| {
        format!("every test that needs {names}: not installed ({problem}; or set {variables})")
    })
}

fn absent(services: &[&'static Service]) -> Vec<&'static Service> {
    let absent = services.iter().filter(|service| !service.is_installed());
    absent.copied().collect()
}

fn names(services: &[&Service]) -> String {
    let names: Vec<_> = services.iter().map(|service| service.name).collect();
    names.join(", ")
}

/// Starts servers side by side.
fn start(services: impl Iterator<Item = &'static Service>) -> Result<Vec<Server>> {
    let starting: Vec<_> = services
        .map(|service| (service, thread::spawn(move || Server::start(service))))
        .collect();
    // All are awaited before a failure is told, so that none is left to itself.
    let started: Vec<_> = starting
        .into_iter()
        .map(|(service, thread)| {
            let server = thread.join().map_err(|_| anyhow!("a panic"));
            let server = server.flatten();
            server.with_context(|| format!("cannot start {}", service.name))
        })
        .collect();
    started.into_iter().collect()
}
