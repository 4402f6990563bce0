//! Saved state: byte for byte, refused where it is damaged.

use accord_emerging::{Damaged, Engine, Key};

use crate::{DAYS, KEY, WEEKS, World, name};

fn busy() -> World {
    let mut world = World::new();
    world.pass(3 * WEEKS + 11);
    world.outbreak(0..40);
    for customer in 0..12 {
        world.meets(customer, name("new.example"));
    }
    world.pass(1);
    assert_eq!(world.stories().len(), 2);
    // In the middle of a tick, with something not looked at yet.
    world.meets(1, name("pending.example"));
    world.meets(2, name("pending.example"));
    world
}

#[test]
fn what_is_restored_goes_on_as_if_nothing_had_happened() {
    let mut world = busy();
    let bytes = world.engine.save();
    assert_eq!(bytes, world.engine.save());
    let restored = Engine::restore(&bytes, KEY).unwrap();
    assert_eq!(restored, world.engine);
    assert_eq!(restored.save(), bytes);
    let mut other = World {
        engine: restored,
        ..World::new()
    };
    other.hour = world.hour;
    for world in [&mut world, &mut other] {
        world.outbreak(40..90);
        world.pass(2 * DAYS);
    }
    assert_eq!(world.engine.stories(), other.engine.stories());
    assert_eq!(world.engine.save(), other.engine.save());
}

#[test]
fn damaged_state_is_refused() {
    let bytes = busy().engine.save();
    let refused = |bytes: &[u8]| Engine::restore(bytes, KEY).unwrap_err();
    for cut in (0..bytes.len()).step_by(997).chain([bytes.len() - 1]) {
        refused(&bytes[..cut]);
    }
    for at in (0..bytes.len()).step_by(1_009) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        refused(&flipped);
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(refused(&longer), Damaged::Sum);
    assert_eq!(refused(b""), Damaged::NoState);
    assert_eq!(refused(b"ACCORDEM"), Damaged::Short);
    let mut later = bytes.clone();
    for version in [1, 4] {
        later[8] = version;
        assert_eq!(refused(&later), Damaged::Version(version.into()));
    }
    assert_eq!(Engine::restore(&bytes, Key([8; 16])).unwrap_err(), Damaged::Sum);
}
