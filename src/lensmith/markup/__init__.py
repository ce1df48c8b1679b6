"""What every page that lensmith writes is made of: safe text, elements, one look, a policy that fetches nothing."""
