//! `authctl doctor`: what is wrong with the way the servers are set up, and what helps.
//!
//! Each module looks at one thing: it gathers facts, and a function without side effects judges
//! them.

mod backing;
mod clocks;
mod disk;
mod dns;
mod encryption;
mod finding;
mod hashing;
mod keys;
mod mail;
mod origins;
mod providers;
mod proxy;
mod schema;

use auth_server::Settings;
use auth_server::settings::check_variables;
use clap::{Args, CommandFactory as _};
use serde::Serialize;

use super::Context;
use crate::answer::Answer;
use crate::server_settings::ServerSettings;
use crate::table::table;
use finding::{Finding, Level};

/// Look at the settings and at what they name, and say what is wrong and what helps. Exits with 1
/// when there is a problem.
#[derive(Args)]
pub struct Command {}

#[derive(Serialize)]
struct Report {
    findings: Vec<Finding>,
}

impl Command {
    /// Looks at everything. What can't be looked at is a finding too.
    ///
    /// # Errors
    /// When the report can't be written.
    pub async fn run(&self, context: &Context) -> anyhow::Result<Answer> {
        let findings = examine(context).await;
        let has_problem = findings.iter().any(|one| one.level == Level::Problem);
        let report = Report { findings };
        let answer = Answer::new(&report, report.text())?;
        Ok(match has_problem {
            true => answer.in_part(),
            false => answer,
        })
    }
}

async fn examine(context: &Context) -> Vec<Finding> {
    let settings = &context.settings;
    let mut findings = settings_hold(settings);
    findings.extend(origins::look(settings));
    findings.extend(proxy::look(settings).await);
    findings.extend(schema::look(settings).await);
    findings.extend(backing::look(settings).await);
    findings.extend(hashing::look(settings));
    findings.push(keys::look(context));
    findings.push(encryption::look(settings).await);
    findings.extend(mail::look(settings).await);
    findings.extend(providers::look(settings).await);
    findings.extend(disk::look(settings));
    findings
}

/// Whether a server would start with these settings, and what it would warn of.
fn settings_hold(settings: &Settings) -> Vec<Finding> {
    let refused = "correct it: no server starts like this";
    let problem = |error| Finding::problem("settings", format!("{error:#}"), refused);
    let allowed = "see what the setting means in the README";
    let warning = |text| Finding::warning("settings", text, allowed);
    let problems = settings.problems().into_iter().map(problem);
    let warnings = settings.warnings().into_iter().map(warning);
    let found: Vec<_> = problems.chain(warnings).chain(ineffective()).collect();
    match found.is_empty() {
        true => vec![Finding::ok("settings", "they agree with each other")],
        false => found,
    }
}

/// Variables that look like settings. Misspelt ones were refused when the command line was read.
fn ineffective() -> Vec<Finding> {
    let found = check_variables(&ServerSettings::command()).unwrap_or_default();
    let remedy = "correct its name, or leave it if it is not meant for the servers";
    let warning = |text| Finding::warning("settings", text, remedy);
    found.into_iter().map(warning).collect()
}

impl Report {
    fn text(&self) -> String {
        let row = |one: &Finding| {
            [
                one.level.as_str().to_owned(),
                one.check.to_owned(),
                one.found.clone(),
            ]
        };
        let rows: Vec<_> = self.findings.iter().map(row).collect();
        let remedies = self.findings.iter().filter_map(|one| {
            let remedy = one.remedy.as_ref()?;
            Some(format!("{}: {remedy}.", one.check))
        });
        let mut remedies: Vec<_> = remedies.collect();
        remedies.dedup();
        let found = table(["STATE", "CHECK", "FOUND"], &rows);
        match remedies.is_empty() {
            true => found,
            false => format!("{found}\n\nWhat helps:\n{}", remedies.join("\n")),
        }
    }
}
