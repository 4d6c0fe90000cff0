INSERT INTO households_desk_key (id, municipality, point, secret, made_at)
    VALUES ('019b0a3e-5c40-7d2a-9b1e-3f6c8a2d4e72', '02203', '\x00', '\x00', '2026-11-28 00:00:00+00:00');
