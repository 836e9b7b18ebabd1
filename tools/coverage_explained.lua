return { rules = {}, texts = {} }
