INSERT INTO identity_account (id, name, suspended_at, demo, created_at)
VALUES ('01933a00-0000-7000-8000-000000000001', '見本 一郎', NULL, FALSE, '2026-01-01T00:00:00+00:00');
INSERT INTO identity_duty (account, duty, area, granted_at, granted_by)
VALUES ('01933a00-0000-7000-8000-000000000001', 'administrator', 'prefecture:02', '2026-01-01T00:00:00+00:00', 'system');
