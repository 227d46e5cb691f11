-- Sections of the kiosk's defence beside the network part of policy, as JSON text; orders that ask something of a section.
ALTER TABLE policies ADD COLUMN defence TEXT NOT NULL DEFAULT '{}';
ALTER TABLE orders ADD COLUMN section TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN action TEXT NOT NULL DEFAULT '';
