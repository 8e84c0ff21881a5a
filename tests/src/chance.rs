//! Moments and sizes by chance, the same again from the same seed.

/// `SplitMix64` (Steele, Lea, Flood 2014): one number of state, good enough to choose moments.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// From this seed, or from the one in an environment variable, which repeats an earlier run.
    #[must_use]
    pub fn seeded(variable: &str, otherwise: u64) -> (Self, u64) {
        let given = std::env::var(variable).ok().and_then(|text| text.parse().ok());
        let seed = given.unwrap_or(otherwise);
        (Self(seed), seed)
    }

    /// A number in `[from, to)`.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        from + (mixed ^ (mixed >> 31)) % (to - from).max(1)
    }

    /// Another sequence, for another thread.
    #[must_use]
    pub fn split(&mut self) -> Self {
        Self(self.between(0, u64::MAX))
    }
}
