DROP FUNCTION delivery_rescue(text[], integer[]);
DROP FUNCTION delivery_in_flight();
ALTER TABLE delivery DROP COLUMN rescues;
