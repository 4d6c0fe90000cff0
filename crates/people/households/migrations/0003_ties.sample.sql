INSERT INTO households_tie (disaster, subject, party, at)
    VALUES ('019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e21', '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e70', '019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e22', '2026-11-22 00:00:00+00:00');
