//! The rows of the table.

/// The heading above the rows that need no proof.
const NOT_APPLICABLE: &str = "What does not apply";

/// A requirement.
pub struct Row {
    pub id: String,
    pub level: u8,
    /// The tests that prove it: `contract: area::case`.
    pub tests: Vec<String>,
    /// The headings below which it is written: `SECURITY.md#known-limits`.
    pub headings: Vec<String>,
    /// What its proof comes with.
    pub waits_for: Option<String>,
    /// None, if neither a proof nor a reason is given.
    pub verdict: Option<Verdict>,
}

/// What can be said of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Proven,
    InPart,
    WrittenDown,
    Untested,
    Outside,
    NotMet,
    Pending,
    NotApplicable,
}

impl Verdict {
    /// Its name in the summary.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::InPart => "proven in part",
            Self::WrittenDown => "written down",
            Self::Untested => "met, no test",
            Self::Outside => "outside",
            Self::NotMet => "not met",
            Self::Pending => "pending",
            Self::NotApplicable => "does not apply",
        }
    }
}

/// The rows of a document, and what is wrong with its lines.
pub fn rows(text: &str) -> (Vec<Row>, Vec<String>) {
    let (mut rows, mut faults, mut applies) = (vec![], vec![], true);
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            applies = heading != NOT_APPLICABLE;
        }
        if line.starts_with("| V") {
            match row(line, applies) {
                Some(row) => rows.push(row),
                None => faults.push(format!("no row: {line}")),
            }
        }
    }
    (rows, faults)
}

fn row(line: &str, applies: bool) -> Option<Row> {
    let line = line.strip_prefix('|')?.strip_suffix('|')?;
    let cells: Vec<_> = line.split(" | ").map(str::trim).collect();
    let [id, level, requirement, proof] = cells[..] else {
        return None;
    };
    let level = level.parse().ok().filter(|_| !requirement.is_empty())?;
    let quoted = proof.split('`').skip(1).step_by(2);
    let named: Vec<_> = quoted.filter(|quoted| quoted.contains(':')).collect();
    let headings = named.iter().filter_map(|one| one.strip_prefix("docs: "));
    let tests = named.iter().filter(|one| !one.starts_with("docs: "));
    let mut row = Row {
        id: id.to_owned(),
        level,
        tests: tests.map(|&test| test.to_owned()).collect(),
        headings: headings.map(str::to_owned).collect(),
        waits_for: reason(proof, "pending").map(str::to_owned),
        verdict: None,
    };
    row.verdict = match applies {
        true => row.verdict_by(proof),
        false => (!proof.is_empty()).then_some(Verdict::NotApplicable),
    };
    Some(row)
}

impl Row {
    fn verdict_by(&self, proof: &str) -> Option<Verdict> {
        let says = |word| reason(proof, word).is_some();
        let is_proven = !self.tests.is_empty() || !self.headings.is_empty();
        Some(match is_proven {
            _ if says("pending") => Verdict::Pending,
            _ if says("outside") => Verdict::Outside,
            true if says("not met") || says("no test") => Verdict::InPart,
            true if self.tests.is_empty() => Verdict::WrittenDown,
            true => Verdict::Proven,
            false if says("met, no test") => Verdict::Untested,
            false if says("not met") => Verdict::NotMet,
            false => return None,
        })
    }
}

/// What a proof says after one of the words that begin its parts.
fn reason<'a>(proof: &'a str, word: &str) -> Option<&'a str> {
    let mut parts = proof.split("; ").filter_map(|part| part.strip_prefix(word));
    let said = parts.find_map(|said| said.strip_prefix(':'))?.trim();
    (!said.is_empty()).then_some(said)
}
