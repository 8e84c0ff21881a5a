//! A time range as HLS, MP4 or Matroska, and live chunks
