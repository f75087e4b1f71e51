DELETE FROM account_move WHERE ref = 'benchmark'
