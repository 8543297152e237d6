//! What becomes of a write when the power fails.

/// What a write must outlive once it was answered for. All outlive the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// A power cut: the disk has confirmed it. It costs a flush.
    Synced,
    /// A power cut, as soon as [`confirm`](crate::leases::Leases::confirm) has answered, which
    /// everybody must wait for. Changes that are logged are committed one after the other on
    /// PostgreSQL; if each of them waited for the disk, so would all behind it.
    Confirmed,
    /// Only the process: a power cut may take the last moments, as is fine for counters,
    /// for when a session was last used, and for a sign-in, which its owner can repeat.
    Relaxed,
}
