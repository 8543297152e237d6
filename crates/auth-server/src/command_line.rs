//! What a server is told at its start, and again at SIGHUP.

use std::ffi::OsString;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser};

use crate::server::{Server, StrategySettings};
use crate::settings::{Given, Settings, read_settings};

/// What a server is told.
#[derive(Parser)]
#[command(version, about = None, long_about = None)]
pub(crate) struct CommandLine<S: Args> {
    #[command(flatten)]
    pub(crate) settings: Settings,
    #[command(flatten)]
    pub(crate) strategy: S,
}

impl<S: Args + StrategySettings> CommandLine<S> {
    /// What can be said to a server.
    pub(crate) fn definition(server: &Server) -> clap::Command {
        Self::command().name(server.name).about(server.about)
    }

    /// Reads the flags, the environment and the file of settings.
    ///
    /// # Errors
    /// What is wrong with them, or the help that is asked for.
    pub(crate) fn read(server: &Server, args: &[OsString]) -> Result<(Self, Given), clap::Error> {
        let given = read_settings(&Self::definition(server), args)?;
        let mut line = Self::from_arg_matches(&given.matches)?;
        line.settings.federation.configured = given.providers.clone();
        Ok((line, given))
    }
}
