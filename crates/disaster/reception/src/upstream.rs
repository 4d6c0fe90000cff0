//! A kit and its centre (キットと県の中央): the kit's side of sync, over whatever line there is.
//!
//! A round is: hear whom to protect, whose word no longer counts and what is new; hand in what the centre has not receipted;
//! now and then compare. Each step may be cut anywhere and is safe to repeat.
//!
//! **Invariant:** the protection list and the revocations are taken before anything else.
//! **Invariant:** nothing but a genuine receipt of the centre's present epoch keeps an event from being offered again.
//! **Invariant:** where this kit has read to moves only after what was read is stored.
//! **Invariant:** whatever a kit wrote while it was cut off has, once it is heard, a time by the centre's clock.

mod books;
mod link;
mod offer;
mod roster;
mod round;
mod timekeeping;

pub(crate) use books::take_up;
pub use books::{Upstream, introduce, standing};
pub use link::{Cut, Link, Reply, Request, Sender};
pub(crate) use offer::offered;
pub use roster::{Known, look_up};
pub use round::{Round, begin};
