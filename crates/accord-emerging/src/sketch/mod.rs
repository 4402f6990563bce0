//! Counting in constant memory: who (`sample`), how often (`counts`), when last (`memory`), which of many are worth keeping
//! (`table`), how far above chance (`chance`), how rare among their like (`usual`).

pub(crate) mod chance;
pub(crate) mod counts;
pub(crate) mod memory;
pub(crate) mod sample;
pub(crate) mod table;
pub(crate) mod usual;
