//! What a change brings along, in its transaction: all of it is kept, or nothing at all.

use crate::audit::AuditRecord;
use crate::mail::NewMail;

/// Mail and lines of the audit trail that belong to a change.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// Mail to queue.
    pub mail: Vec<NewMail>,
    /// What tells of the change in the audit trail.
    pub records: Vec<AuditRecord>,
}

static NONE: Effects = Effects {
    mail: vec![],
    records: vec![],
};

impl Effects {
    /// Nothing.
    pub fn none() -> &'static Self {
        &NONE
    }

    /// Mail alone.
    pub fn mail(mail: impl IntoIterator<Item = NewMail>) -> Self {
        Self {
            mail: mail.into_iter().collect(),
            records: vec![],
        }
    }

    /// The same, told in the audit trail. What is not kept there adds nothing.
    #[must_use]
    pub fn told_by(mut self, record: Option<AuditRecord>) -> Self {
        self.records.extend(record);
        self
    }
}
