//! Password hashing under a limit. One hash takes 64 MiB and a tenth of a second, and who asks for it need not be
//! known: without a limit a few hundred tries at once would take all the memory there is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use accord_model::PersonId;
use tokio::sync::Semaphore;

use super::sessions::WRONG_TRIES_MAX;
use crate::error::{Result, ServiceError};

/// Most passwords hashed at once.
pub const HASHERS_MAX: usize = 2;
/// Most that wait for it; one more hears that the node is busy.
pub const HASH_QUEUE_MAX: usize = 32;
/// When to try again, seconds.
pub const BUSY_RETRY_S: u16 = 3;

/// The places where passwords are hashed.
#[derive(Debug)]
pub(crate) struct Hashing {
    hashers: Arc<Semaphore>,
    places: Arc<Semaphore>,
    tries: Tries,
}

impl Default for Hashing {
    fn default() -> Self {
        Self {
            hashers: Arc::new(Semaphore::new(HASHERS_MAX)),
            places: Arc::new(Semaphore::new(HASHERS_MAX + HASH_QUEUE_MAX)),
            tries: Tries::default(),
        }
    }
}

impl Hashing {
    /// Runs a hash on a thread of its own, when a place is free. A panic there is a wrong answer, never a crash; a
    /// caller that goes away leaves its place only when the work is done.
    pub async fn run<T: Send + Default + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let busy = || ServiceError::Busy {
            retry_after_s: BUSY_RETRY_S,
        };
        let place = self.places.clone().try_acquire_owned().map_err(|_| busy())?;
        let hasher = self.hashers.clone().acquire_owned().await.map_err(|_| busy())?;
        let done = tokio::task::spawn_blocking(move || {
            let value = work();
            drop((place, hasher));
            value
        });
        Ok(done.await.unwrap_or_default())
    }

    /// Counts a try on an account before its password is hashed. `None`: as many tries as the account still has are
    /// under way, and this one is not looked at.
    pub fn count(&self, person: PersonId, wrong: u32) -> Option<Counted> {
        let mut under_way = self.tries.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = under_way.entry(person).or_default();
        if wrong.saturating_add(*count) >= WRONG_TRIES_MAX {
            return None;
        }
        *count += 1;
        Some(Counted {
            tries: self.tries.clone(),
            person,
        })
    }
}

#[derive(Debug, Clone, Default)]
struct Tries(Arc<Mutex<BTreeMap<PersonId, u32>>>);

/// A try that is under way.
#[derive(Debug)]
pub(crate) struct Counted {
    tries: Tries,
    person: PersonId,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut under_way = self.tries.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = under_way.get_mut(&self.person) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                under_way.remove(&self.person);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn two_at_once_a_bounded_queue_and_one_past_it() {
        let hashing = Hashing::default();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let work = || {
            let held = held.clone();
            move || {
                let _ = held.lock().unwrap().recv();
                true
            }
        };
        let mut waiting: Vec<_> = (0..HASHERS_MAX + HASH_QUEUE_MAX)
            .map(|_| Box::pin(hashing.run(work())))
            .collect();
        let mut context = Context::from_waker(Waker::noop());
        for place in &mut waiting {
            assert!(place.as_mut().poll(&mut context).is_pending());
        }
        assert_eq!(hashing.hashers.available_permits(), 0);
        let mut one_more = pin!(hashing.run(work()));
        match one_more.as_mut().poll(&mut context) {
            Poll::Ready(Err(ServiceError::Busy { retry_after_s })) => assert_eq!(retry_after_s, BUSY_RETRY_S),
            other => panic!("not busy: {other:?}"),
        }
        drop(release);
        for place in waiting {
            assert!(place.await.unwrap());
        }
        assert!(hashing.run(|| true).await.unwrap(), "there is room again");
    }

    #[test]
    fn tries_under_way_count_against_the_limit() {
        let hashing = Hashing::default();
        let (one, other) = (PersonId([1; 16]), PersonId([2; 16]));
        let mut taken: Vec<_> = (0..WRONG_TRIES_MAX - 2).map(|_| hashing.count(one, 2)).collect();
        assert!(taken.iter().all(Option::is_some));
        assert!(hashing.count(one, 2).is_none(), "one past the limit");
        assert!(hashing.count(other, 0).is_some());
        taken.pop();
        assert!(hashing.count(one, 2).is_some());
    }
}
