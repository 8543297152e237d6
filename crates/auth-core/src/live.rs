//! Values that are replaced while they are in use.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// A value that can be replaced while others read it. Whoever has read it goes on with what was
/// there then. Clones share it, so that what holds one need not be told of a change.
pub struct Live<T>(Arc<RwLock<Arc<T>>>);

impl<T> Live<T> {
    /// One that begins with this.
    pub fn new(value: T) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(value))))
    }

    /// What it is now.
    pub fn get(&self) -> Arc<T> {
        // Nothing panics under the lock.
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// From now on it is this, for all that share it.
    pub fn set(&self, value: T) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
    }
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Default> Default for Live<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Live<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: fmt::Debug> fmt::Debug for Live<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_shares_a_value_sees_it_replaced() {
        let live = Live::new(1);
        let (shared, before) = (live.clone(), live.get());
        live.set(2);
        assert_eq!((*before, *shared.get()), (1, 2));
    }
}
