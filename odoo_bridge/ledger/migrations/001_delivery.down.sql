DROP FUNCTION delivery_claim(integer);
DROP TABLE delivery;
DROP FUNCTION delivery_notify();
