//! What tests need: from the environment, from this machine, or installed first.

use std::thread;

use anyhow::{Context as _, Result, anyhow};
use test_services::{ALL, ON_DEMAND, Server, Service, TOOLS, Tool};

use crate::install::install;

/// What the tests have, and what they lack. Dropping it ends the servers.
pub struct Services {
    running: Vec<Server>,
    /// Names and values of the variables that tell tests about tools.
    tools: Vec<(&'static str, String)>,
    /// What the tests have to do without, and what to do about it.
    pub missing: Option<String>,
}

impl Services {
    /// Gets every service and tool that can be had.
    ///
    /// # Errors
    /// When one is there but does not work.
    pub fn provide(may_install: bool) -> Result<Self> {
        let (given, wanted): (Vec<_>, Vec<_>) = ALL.into_iter().partition(|one| one.is_given());
        for service in given {
            println!("{}: as {} says", service.name, service.url.name);
        }
        let tools: Vec<_> = TOOLS.into_iter().filter(|one| !one.is_given()).collect();
        let needs = wanted.iter().chain(&ON_DEMAND).map(|one| one.need());
        let needs: Vec<_> = needs.chain(tools.iter().map(|one| one.need())).collect();
        let missing = install(&needs, may_install);
        let here = wanted.into_iter().filter(|one| one.is_installed());
        let services = Self {
            running: start(here)?,
            tools: locate(&tools)?,
            missing,
        };
        for (name, value) in services.environment() {
            println!("{name}={value}");
        }
        Ok(services)
    }

    /// The environment that tells tests about the servers and tools.
    pub fn environment(&self) -> impl Iterator<Item = (&'static str, String)> {
        let servers = self.running.iter().flat_map(Server::variables);
        servers.chain(self.tools.iter().cloned())
    }
}

/// Where the tools that are here are.
fn locate(tools: &[&'static Tool]) -> Result<Vec<(&'static str, String)>> {
    let here = tools
        .iter()
        .filter(|one| one.need().software.is_installed());
    here.map(|one| Ok((one.variable, one.path()?.display().to_string())))
        .collect()
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
