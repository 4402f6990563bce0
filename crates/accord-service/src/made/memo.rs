//! What is made of a whole space and kept until the space changes: a page of a case of a hundred thousand notes does not
//! go through all of them again for each person who looks.
//!
//! Invariant: a thing is given out only for the version of the space that it was made of, and only to a reader for whom
//! it would be made the same; whoever makes one puts everything else that it depends on into the key.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How many things are kept, for as many kinds of reader.
const KEPT: usize = 4;

static LAST: AtomicU64 = AtomicU64::new(0);

/// A version that nothing in this process has had: a state that is read again from the disk begins no count anew.
pub(crate) fn new_version() -> u64 {
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

/// Of what a thing was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version {
    /// When everything was last looked at anew.
    pub folded: u64,
    /// How many notes of the kinds that matter there were: since then they only come at the end.
    pub notes: usize,
}

/// A thing with the version and the key it was made for.
type Kept<K, T> = (Version, K, Arc<T>);

/// Things made of one space, by what they depend on beside it.
#[derive(Debug)]
pub(crate) struct Memo<K, T>(Mutex<Vec<Kept<K, T>>>);

impl<K, T> Default for Memo<K, T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

/// A copy begins empty.
impl<K, T> Clone for Memo<K, T> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<K: PartialEq, T> Memo<K, T> {
    /// The thing of this version and key, made if it is not kept or holds no more. Others who ask meanwhile wait for it.
    pub fn get(
        &self,
        version: Version,
        key: K,
        holds: impl Fn(&T) -> bool,
        make: impl FnOnce() -> T,
    ) -> Arc<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(of, _, made)| *of == version && holds(made));
        if let Some((_, _, known)) = kept.iter().find(|(_, known, _)| *known == key) {
            return Arc::clone(known);
        }
        let made = Arc::new(make());
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push((version, key, Arc::clone(&made)));
        made
    }
}

/// A thing that grows with its space: what was made of the notes so far is kept, and only what came since is looked at.
#[derive(Debug)]
pub(crate) struct Grown<T>(Mutex<Arc<T>>);

impl<T: Default> Default for Grown<T> {
    fn default() -> Self {
        Self(Mutex::new(Arc::new(T::default())))
    }
}

/// A copy begins empty.
impl<T: Default> Clone for Grown<T> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<T: Clone> Grown<T> {
    /// The thing after it has taken in what is new; `is_old` says whether there is anything.
    pub fn get(&self, is_old: impl FnOnce(&T) -> bool, grow: impl FnOnce(&mut T)) -> Arc<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if is_old(&kept) {
            grow(Arc::make_mut(&mut kept));
        }
        Arc::clone(&kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(folded: u64) -> Version {
        Version { folded, notes: 7 }
    }

    #[test]
    fn made_once_for_each_version_and_key() {
        let memo = Memo::default();
        let made = AtomicU64::new(0);
        let ask = |of: u64, key: &'static str| {
            let make = || {
                made.fetch_add(1, Ordering::Relaxed);
                (of, key)
            };
            *memo.get(version(of), key, |_| true, make)
        };
        assert_eq!(ask(1, "a"), (1, "a"));
        assert_eq!(ask(1, "a"), (1, "a"));
        assert_eq!(ask(1, "b"), (1, "b"));
        assert_eq!(made.load(Ordering::Relaxed), 2);
        assert_eq!(ask(2, "a"), (2, "a"));
        assert_eq!(ask(1, "a"), (1, "a"), "an older version is made anew");
        assert_eq!(made.load(Ordering::Relaxed), 4);
        assert_eq!(
            *memo.get(version(1), "a", |_| false, || (9, "new")),
            (9, "new"),
            "what holds no more is made anew"
        );
    }

    #[test]
    fn what_is_kept_at_the_limit_and_one_past_it() {
        let memo: Memo<usize, usize> = Memo::default();
        for key in 0..=KEPT {
            memo.get(version(1), key, |_| true, || key);
        }
        // The first has made room for the last.
        assert_eq!(*memo.get(version(1), 1, |_| true, || 99), 1);
        assert_eq!(*memo.get(version(1), 0, |_| true, || 99), 99);
    }

    #[test]
    fn grows_only_by_what_is_new() {
        let grown: Grown<Vec<u32>> = Grown::default();
        let first = grown.get(|kept| kept.len() < 2, |kept| kept.extend([1, 2]));
        let again = grown.get(|kept| kept.len() < 2, |kept| kept.push(9));
        assert_eq!((first.as_slice(), again.as_slice()), (&[1, 2][..], &[1, 2][..]));
        assert!(new_version() < new_version());
    }
}
