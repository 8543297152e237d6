//! Runs the contract suite against any base URL.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use auth_testkit::mailbox::{DevMailbox, MailDir};
use auth_testkit::{Lifetimes, Mailbox, Target, conform};
use clap::{ArgAction, Parser};
use url::Url;

/// Holds a server against the contract, over the wire.
#[derive(Debug, Parser)]
#[command(name = "conform")]
struct Options {
    /// Where the server is reached, base path included.
    #[arg(long, value_name = "URL")]
    base_url: Url,
    /// The server's public URL, where it is another one.
    #[arg(long, value_name = "URL")]
    public_url: Option<Url>,
    /// Another process on the same store.
    #[arg(long, value_name = "URL")]
    second: Option<Url>,
    /// Where the server's mail is: `dev` for its development mailbox, or a directory of
    /// `.eml` files.
    #[arg(long, default_value = "dev", value_name = "dev|DIR")]
    mailbox: String,
    /// A foreign origin that the server trusts.
    #[arg(long, value_name = "ORIGIN")]
    trusted_origin: Option<String>,
    /// Whether the server limits attempts. Beyond this machine all calls come from one
    /// address, so limits must be off there.
    #[arg(long, default_value = "true", action = ArgAction::Set, value_parser = on_or_off)]
    limits: bool,
    /// The server's lifetimes, where they are not the defaults.
    #[command(flatten)]
    lifetimes: LifetimeOptions,
    /// Only cases whose name contains this.
    filter: Option<String>,
}

#[derive(Debug, clap::Args)]
struct LifetimeOptions {
    /// How long an unused session lasts.
    #[arg(long, value_parser = humantime::parse_duration)]
    session_idle: Option<Duration>,
    /// How long any session lasts.
    #[arg(long, value_parser = humantime::parse_duration)]
    session_absolute: Option<Duration>,
    /// How long an access token is valid.
    #[arg(long, value_parser = humantime::parse_duration)]
    access_ttl: Option<Duration>,
    /// How long a spent refresh token still gives the same successor.
    #[arg(long, value_parser = humantime::parse_duration)]
    refresh_reuse_window: Option<Duration>,
    /// How long a confirmation link works.
    #[arg(long, value_parser = humantime::parse_duration)]
    verify_lifetime: Option<Duration>,
    /// How long a reset link works.
    #[arg(long, value_parser = humantime::parse_duration)]
    reset_lifetime: Option<Duration>,
    /// How long a sign-in counts as fresh.
    #[arg(long, value_parser = humantime::parse_duration)]
    reauth_within: Option<Duration>,
    /// How long a person may take at a provider.
    #[arg(long, value_parser = humantime::parse_duration)]
    oauth_flow_lifetime: Option<Duration>,
    /// How long the code works that is exchanged for tokens.
    #[arg(long, value_parser = humantime::parse_duration)]
    oauth_code_lifetime: Option<Duration>,
    /// How long a sign-in waits for its second step.
    #[arg(long, value_parser = humantime::parse_duration)]
    step_lifetime: Option<Duration>,
}

impl LifetimeOptions {
    fn lifetimes(&self) -> Lifetimes {
        let default = Lifetimes::DEFAULT;
        Lifetimes {
            session_idle: self.session_idle.unwrap_or(default.session_idle),
            session_absolute: self.session_absolute.unwrap_or(default.session_absolute),
            access: self.access_ttl.unwrap_or(default.access),
            reuse_window: self.refresh_reuse_window.unwrap_or(default.reuse_window),
            verify: self.verify_lifetime.unwrap_or(default.verify),
            reset: self.reset_lifetime.unwrap_or(default.reset),
            reauth: self.reauth_within.unwrap_or(default.reauth),
            flow: self.oauth_flow_lifetime.unwrap_or(default.flow),
            code: self.oauth_code_lifetime.unwrap_or(default.code),
            step: self.step_lifetime.unwrap_or(default.step),
        }
    }
}

fn on_or_off(text: &str) -> Result<bool, String> {
    match text {
        "on" | "true" => Ok(true),
        "off" | "false" => Ok(false),
        other => Err(format!("`{other}` is neither on nor off")),
    }
}

fn target(options: &Options) -> Result<Target> {
    let mailbox: Arc<dyn Mailbox> = match options.mailbox.as_str() {
        "dev" => Arc::new(DevMailbox::of(&options.base_url)?),
        dir => Arc::new(MailDir::new(dir)),
    };
    let mut target = Target::new("server", options.base_url.clone(), mailbox);
    if let Some(public) = &options.public_url {
        target.origin = public.origin().ascii_serialization();
    }
    target.second.clone_from(&options.second);
    target.trusted_origin.clone_from(&options.trusted_origin);
    target.limits = options.limits;
    target.lifetimes = options.lifetimes.lifetimes();
    Ok(target)
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let options = Options::parse();
    let report = conform(target(&options)?, options.filter.as_deref()).await;
    println!("{report}");
    Ok(if report.passed() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
