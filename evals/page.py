def run_page(r): return ""
def comparison_page(r): return ""
