//! A running server.

use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::Signal;

use crate::process::{await_within, kill_group, signal, signal_family, wait};
use crate::reaper::Reaper;
use crate::{Place, Service};

/// How long a server may take to start or to stop.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// How often to try another port after somebody else was faster.
const TRIES: usize = 5;

/// A throwaway server. Dropping it ends it and deletes all it wrote.
#[derive(Debug)]
pub struct Server {
    service: &'static Service,
    place: Place,
    /// None while it is stopped.
    process: Mutex<Option<Child>>,
    reaper: Reaper,
}

impl Server {
    /// Starts a server of its own and waits until it answers.
    ///
    /// # Errors
    /// When the service is not installed, or the server does not answer within a minute;
    /// then with the end of its log.
    pub fn start(service: &'static Service) -> Result<Self> {
        Self::start_with(service, |_| Ok(()))
    }

    /// The same, after `furnish` has put what the server reads into its place.
    ///
    /// # Errors
    /// As [`start`](Self::start), or when `furnish` fails.
    pub(crate) fn start_with(
        service: &'static Service,
        furnish: impl Fn(&Place) -> Result<()>,
    ) -> Result<Self> {
        let mut tries = TRIES;
        loop {
            let server = Self::settle(service)?;
            furnish(&server.place)?;
            tries -= 1;
            match server.launch() {
                Ok(()) => return Ok(server),
                Err(_) if tries > 0 && server.lost_its_port() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Where it listens, in the form the servers under test take.
    pub fn url(&self) -> String {
        (self.service.url.value)(&self.place)
    }

    /// Names and values of the variables that tell tests about it.
    pub fn variables(&self) -> impl Iterator<Item = (&'static str, String)> {
        let variables = self.service.variables();
        variables.map(|one| (one.name, (one.value)(&self.place)))
    }

    /// Where it lives.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Stops it in good order, cutting its connections. Its port refuses connections until
    /// [`restart`](Self::restart).
    ///
    /// # Errors
    /// When it does not end within a minute.
    pub fn stop(&self) -> Result<()> {
        self.end(self.service.stop)
    }

    fn end(&self, by: Signal) -> Result<()> {
        let mut slot = self.process();
        let Some(mut child) = slot.take() else {
            return Ok(());
        };
        // A paused process takes no other signal.
        signal_family(&child, Signal::CONT)?;
        signal(&child, by)?;
        if wait(&mut child, LIMIT)?.is_none() {
            *slot = Some(child);
            bail!("{} does not stop", self.service.name);
        }
        kill_group(&child)?;
        self.reaper.forget()
    }

    /// Ends it as a crash would, without a chance to write anything. Its port refuses connections
    /// until [`restart`](Self::restart).
    ///
    /// # Errors
    /// When it does not end within a minute.
    pub fn crash(&self) -> Result<()> {
        self.end(self.service.discard)
    }

    /// Stops it if it runs, and starts it again with the same port and data.
    ///
    /// # Errors
    /// When it does not stop, or does not answer again, within a minute.
    pub fn restart(&self) -> Result<()> {
        self.stop()?;
        self.launch()
    }

    /// Freezes it: connections stay open and new ones are taken by the system, but nothing
    /// answers, like behind a network that loses every packet.
    ///
    /// # Errors
    /// When the system refuses the signal.
    pub fn pause(&self) -> Result<()> {
        self.signal_running(Signal::STOP)
    }

    /// Ends a [`pause`](Self::pause).
    ///
    /// # Errors
    /// When the system refuses the signal.
    pub fn resume(&self) -> Result<()> {
        self.signal_running(Signal::CONT)
    }

    /// A place for a server that does not run yet, and somebody who will clean it up.
    fn settle(service: &'static Service) -> Result<Self> {
        let place = Place::new(service)?;
        let server = Self {
            service,
            reaper: Reaper::start(place.folder(), service.discard)?,
            place,
            process: Mutex::default(),
        };
        (service.prepare)(&server.place)?;
        Ok(server)
    }

    fn launch(&self) -> Result<()> {
        let mut command = (self.service.command)(&self.place);
        let log = self.place.log()?;
        let child = command
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {:?}", command.get_program()))?;
        let mut slot = self.process();
        let child = slot.insert(child);
        self.reaper.watch(child)?;
        self.wait_until_ready(child)
    }

    fn wait_until_ready(&self, child: &mut Child) -> Result<()> {
        let outcome = await_within(LIMIT, || {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(Err(format!("ended with {status}"))));
            }
            Ok((self.service.is_ready)(&self.place).then_some(Ok(())))
        })?;
        let problem = match outcome {
            Some(Ok(())) => return Ok(()),
            Some(Err(problem)) => problem,
            None => format!("does not answer after {} s", LIMIT.as_secs()),
        };
        let (name, log) = (self.service.name, self.place.end_of_log());
        bail!("{name} {problem}. The end of its log:\n{log}")
    }

    /// Whether another process took the port between choosing and using it.
    fn lost_its_port(&self) -> bool {
        let log = self.place.end_of_log().to_lowercase();
        log.contains("address already in use")
    }

    fn signal_running(&self, signal: Signal) -> Result<()> {
        match &*self.process() {
            Some(child) => signal_family(child, signal),
            None => Ok(()),
        }
    }

    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The shell that cleans up wakes only the process it knows, not its children.
        let _ = self.resume();
        let process = self.process().take();
        self.reaper.reap(process);
    }
}

/// Gives a service a type of its own: a [`Server`] that needs no more to start.
macro_rules! throwaway {
    ($name:ident is $service:ident) => {
        $crate::server::throwaway_type!($name);

        impl $name {
            /// Starts a server of its own and waits until it answers.
            ///
            /// # Errors
            /// As [`Server::start`].
            pub fn start() -> anyhow::Result<Self> {
                Server::start(&$service).map(Self)
            }
        }
    };
}

/// Lends a type of its own what a [`Server`] can do.
macro_rules! throwaway_type {
    ($name:ident) => {
        impl std::ops::Deref for $name {
            type Target = Server;
            fn deref(&self) -> &Server {
                &self.0
            }
        }
    };
}
pub(crate) use {throwaway, throwaway_type};
