//! Places for connections: so many in all, so many for one address.

use super::Limits;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A flood is told of, not each drop of it.
const TELL_EVERY: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(super) struct ConnectionSlots(Arc<Inner>);

struct Inner {
    all: usize,
    one_address: usize,
    shared: Vec<IpAddr>,
    taken: Mutex<SlotsTaken>,
    told: Mutex<Option<Instant>>,
}

#[derive(Default)]
struct SlotsTaken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Why there is no place, with how many are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoSlot {
    All(usize),
    Address(usize),
}

/// A place that is taken until this is dropped.
pub(super) struct ConnectionSlot {
    inner: Arc<Inner>,
    address: IpAddr,
}

impl ConnectionSlots {
    pub(super) fn new(limits: &Limits) -> Self {
        let Limits { all, one_address, shared, .. } = limits;
        let shared = shared.iter().map(|address| network(*address)).collect();
        let (taken, told) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Inner { all: *all, one_address: *one_address, shared, taken, told }))
    }

    pub(super) fn take(&self, address: IpAddr) -> Result<ConnectionSlot, NoSlot> {
        let (address, mut taken) = (network(address), self.0.lock());
        if taken.all >= self.0.all {
            return Err(NoSlot::All(taken.all));
        }
        let of_address = taken.by_address.get(&address).copied().unwrap_or_default();
        if of_address >= self.0.one_address && !self.0.shared.contains(&address) {
            return Err(NoSlot::Address(of_address));
        }
        taken.all += 1;
        taken.by_address.insert(address, of_address + 1);
        Ok(ConnectionSlot { inner: Arc::clone(&self.0), address })
    }

    /// Into the log, now and then.
    pub(super) fn tell(&self, what: &str) {
        let mut told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|at| at.elapsed() >= TELL_EVERY) {
            *told = Some(Instant::now());
            tracing::warn!("{what}");
        }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, SlotsTaken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let mut taken = self.inner.lock();
        taken.all = taken.all.saturating_sub(1);
        let left = taken.by_address.get(&self.address).copied().unwrap_or_default().saturating_sub(1);
        match left {
            0 => drop(taken.by_address.remove(&self.address)),
            left => drop(taken.by_address.insert(self.address, left)),
        }
    }
}

/// Whoever has one address of IPv6 has a network full of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_leaves_room_for_others_and_a_place_comes_back() {
        // REQ-HARD-02, M3
        let proxy = IpAddr::from([10, 0, 0, 9]);
        let limits = Limits { all: 5, one_address: 2, waiting: 1, head: Duration::ZERO, shared: vec![proxy] };
        let (slots, greedy) = (ConnectionSlots::new(&limits), IpAddr::from([10, 0, 0, 1]));
        let mut held = vec![slots.take(greedy).ok().unwrap(), slots.take(greedy).ok().unwrap()];
        assert_eq!(slots.take(greedy).err(), Some(NoSlot::Address(2)));
        held.extend((0..3).map(|_| slots.take(proxy).ok().unwrap()));
        assert_eq!(slots.take(IpAddr::from([10, 0, 0, 2])).err(), Some(NoSlot::All(5)));
        held.remove(0);
        assert!(slots.take(greedy).is_ok());
        drop(held);
        assert!(slots.0.lock().by_address.is_empty());
    }
}
