//! `authctl import`: taking users over from elsewhere.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use auth_core::accounts::admin::{
    Arrival, Import, ImportCounts, ImportOutcome, ImportRules, Refusal,
};
use auth_core::{Clock as _, SystemClock, UserStore};
use auth_import::{FirebaseConfig, Options, ReadError, Row, Source};
use auth_store::{Database, DatabaseConfig, DatabaseUrl, migrate};
use clap::Args;
use serde::Serialize;
use serde_json::json;
use tokio::sync::mpsc;

use super::Context;
use super::stores::open_admin;
use super::user::operator;
use crate::answer::Answer;
use crate::failure::Failure;

/// How many rows are taken over in one transaction.
const BATCH: usize = 50;

/// Take users over from a file of another system. It can be repeated: who is there already
/// stays as they are.
#[derive(Args)]
pub struct Command {
    /// The file.
    file: PathBuf,

    /// What it comes from: ndjson, csv, flask, django, devise, keycloak, firebase,
    /// better-auth, auth0 or gotrue.
    #[arg(long, value_name = "SOURCE")]
    from: Source,

    /// Change nothing; only say what would become of each row.
    #[arg(long)]
    dry_run: bool,

    /// Write the rows that can't be taken, and why, to this file, one object of JSON a line,
    /// instead of to standard error.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    /// How many times as much as one of ours (--argon2) a hash may cost.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u64).range(1..))]
    max_hash_cost: u64,

    /// Addresses of which the file says nothing count as confirmed.
    #[arg(long)]
    trust_addresses: bool,

    /// The issuer of the identities of a provider, by its name in the file.
    #[arg(long = "issuer", value_name = "PROVIDER=URL", value_parser = issuer)]
    issuers: Vec<(String, String)>,

    /// A file with the password hash parameters of the Firebase project, as its console shows
    /// them.
    #[arg(long, value_name = "FILE")]
    firebase_config: Option<PathBuf>,
}

#[derive(Serialize)]
struct ImportShape {
    source: &'static str,
    dry_run: bool,
    taken: u64,
    already_there: u64,
    refused: u64,
}

impl Command {
    /// Takes them over.
    ///
    /// # Errors
    /// When the file can't be read, or a store fails. What was taken until then stays.
    pub async fn run(&self, context: &Context) -> anyhow::Result<Answer> {
        auth_server::log_to_stderr(context.settings.log, context.settings.log_level.as_deref());
        context.settings.check_accounts()?;
        let (options, mut report) = (self.options()?, self.report()?);
        let (admin, by) = (open_admin(&context.settings).await?, operator());
        let scratch = match self.dry_run {
            true => Some(Scratch::open().await?),
            false => None,
        };
        let rules = ImportRules {
            source: self.from.as_str(),
            trust_addresses: self.trust_addresses,
            max_hash_cost: self.max_hash_cost,
            reserved: auth_server::reserved_names(&context.settings),
            dry_run: scratch.as_ref().map(|scratch| scratch.users.clone()),
        };
        let mut import = admin.import(&by, rules).await?;
        let taken = self.take_all(&mut import, options, &mut report).await;
        let counts = import.end(taken.is_ok()).await;
        report.flush().context("the report can't be written")?;
        taken.with_context(|| format!("{}, and then it failed", told(&counts, self.dry_run)))?;
        self.answer(&counts)
    }

    fn options(&self) -> anyhow::Result<Options> {
        let read = |file: &PathBuf| -> anyhow::Result<FirebaseConfig> {
            let text = fs::read_to_string(file)?;
            Ok(text.parse()?)
        };
        let firebase = self.firebase_config.as_ref().map(read).transpose();
        Ok(Options {
            issuers: self.issuers.clone(),
            firebase: firebase.context("--firebase-config can't be used")?,
            now: SystemClock.now(),
        })
    }

    fn report(&self) -> anyhow::Result<Report> {
        Ok(match &self.report {
            Some(file) => {
                let made = File::create(file);
                let made = made.with_context(|| format!("--report {}", file.display()))?;
                Report::Lines(BufWriter::new(made))
            }
            None => Report::Text,
        })
    }

    /// Reads on a thread of its own, and no faster than rows are taken over.
    async fn take_all(
        &self,
        import: &mut Import<'_>,
        options: Options,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let (send, mut rows) = mpsc::channel(BATCH);
        let (source, file) = (self.from, self.file.clone());
        let reading = tokio::task::spawn_blocking(move || {
            auth_import::read(source, &file, &options, |row| {
                send.blocking_send(row).is_ok()
            })
        });
        let mut batch = Vec::with_capacity(BATCH);
        while let Some(row) = rows.recv().await {
            batch.push(row);
            if batch.len() == BATCH {
                take(import, &mut batch, report).await?;
            }
        }
        take(import, &mut batch, report).await?;
        reading.await?.map_err(|error| self.unreadable(error))
    }

    fn unreadable(&self, error: ReadError) -> anyhow::Error {
        let file = self.file.display();
        match error {
            ReadError::Missing(what) => Failure::usage(what).into(),
            ReadError::File(cause) if cause.kind() == io::ErrorKind::NotFound => {
                Failure::not_found(format!("there is no file {file}")).into()
            }
            other => anyhow::Error::from(other).context(format!("{file} is no {}", self.from)),
        }
    }

    fn answer(&self, counts: &ImportCounts) -> anyhow::Result<Answer> {
        let shape = ImportShape {
            source: self.from.as_str(),
            dry_run: self.dry_run,
            taken: counts.taken,
            already_there: counts.already_there,
            refused: counts.refused,
        };
        let answer = Answer::new(&shape, told(counts, self.dry_run) + ".")?;
        Ok(match counts.refused {
            0 => answer,
            _ => answer.in_part(),
        })
    }
}

/// Takes a batch of rows over, and reports those that can't be.
async fn take(
    import: &mut Import<'_>,
    batch: &mut Vec<Row>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let (mut numbers, mut arrivals): (Vec<u64>, Vec<Arrival>) = (vec![], vec![]);
    for Row { number, arrival } in batch.drain(..) {
        match arrival {
            Ok(arrival) => {
                numbers.push(number);
                arrivals.push(arrival);
            }
            Err(refusals) => {
                import.refuse();
                report.add(number, &refusals)?;
            }
        }
    }
    let outcomes = import.take(&arrivals).await?;
    for (number, outcome) in numbers.into_iter().zip(outcomes) {
        if let ImportOutcome::Refused(refusals) = outcome {
            report.add(number, &refusals)?;
        }
    }
    Ok(())
}

fn told(counts: &ImportCounts, dry_run: bool) -> String {
    let ImportCounts {
        taken,
        already_there,
        refused,
    } = counts;
    let taken = match dry_run {
        true => format!("{taken} users can be taken over"),
        false => format!("{taken} users were taken over"),
    };
    format!("{taken}, {already_there} were there already, {refused} rows were refused")
}

fn issuer(text: &str) -> Result<(String, String), String> {
    let form = || "use PROVIDER=URL, such as facebook=https://www.facebook.com".to_owned();
    let (provider, issuer) = text.split_once('=').ok_or_else(form)?;
    match !provider.is_empty() && issuer.starts_with("https://") {
        true => Ok((provider.to_owned(), issuer.to_owned())),
        false => Err(form()),
    }
}

/// Where rows are told that can't be taken.
enum Report {
    /// On standard error, for people.
    Text,
    /// In a file, for machines.
    Lines(BufWriter<File>),
}

impl Report {
    fn add(&mut self, row: u64, refusals: &[Refusal]) -> anyhow::Result<()> {
        for Refusal { field, reason } in refusals {
            match self {
                Self::Text => writeln!(io::stderr(), "row {row}: {field}: {reason}")?,
                Self::Lines(file) => {
                    let line = json!({ "row": row, "field": field, "reason": reason });
                    writeln!(file, "{line}").context("the report can't be written")?;
                }
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Text => Ok(()),
            Self::Lines(file) => file.flush(),
        }
    }
}

/// An empty database that lasts as long as a dry run: in it people are told who come twice.
struct Scratch {
    users: Arc<dyn UserStore>,
    _folder: tempfile::TempDir,
}

impl Scratch {
    async fn open() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("a dry run needs a folder for what it notes")?;
        let url = DatabaseUrl::sqlite(Path::join(folder.path(), "scratch.db"));
        migrate::apply(&url).await?;
        let database = Database::connect(&url, &DatabaseConfig::default()).await?;
        Ok(Self {
            users: Arc::new(database),
            _folder: folder,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_named_with_its_provider() {
        let pair = ("facebook".to_owned(), "https://www.facebook.com".to_owned());
        assert_eq!(issuer("facebook=https://www.facebook.com"), Ok(pair));
        for text in [
            "facebook",
            "=https://x.org",
            "facebook=",
            "facebook=http://x.org",
        ] {
            assert!(issuer(text).is_err(), "{text}");
        }
    }
}
