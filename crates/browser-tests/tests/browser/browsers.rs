//! The browsers that flows share, one flow after another: starting one takes longer than
//! most flows do.

use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Result;

use crate::browser::{Browser, Kind};

/// Browsers that no flow uses.
#[derive(Debug, Default)]
pub struct Browsers(Mutex<Vec<Browser>>);

impl Browsers {
    /// One that has been nowhere.
    pub async fn take(&self, kind: Kind) -> Result<Browser> {
        let free = self.free_one(kind);
        match free {
            Some(browser) => Ok(browser),
            None => Browser::start(kind).await,
        }
    }

    fn free_one(&self, kind: Kind) -> Option<Browser> {
        let mut free = self.free();
        let place = free.iter().position(|one| one.kind() == kind)?;
        Some(free.swap_remove(place))
    }

    /// Takes one back that a flow has no complaint about.
    pub async fn give_back(&self, browser: Browser) -> Result<()> {
        let browser = browser.renewed().await?;
        self.free().push(browser);
        Ok(())
    }

    /// Ends all of them.
    pub async fn end(&self) -> Result<()> {
        let all = std::mem::take(&mut *self.free());
        for browser in all {
            browser.end().await?;
        }
        Ok(())
    }

    fn free(&self) -> MutexGuard<'_, Vec<Browser>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
