/** The mark and the name. */
export interface BrandProps {
  readonly large?: boolean;
  /** Of a page that has no other heading. */
  readonly isHeading?: boolean;
}

export function Brand({ large = false, isHeading = false }: BrandProps) {
  const size = large ? 30 : 22;
  return (
    <span className={large ? 'brand large' : 'brand'}>
      <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="7" fill="#0f1d2b" />
        <path d="M11 8v5M16 5v8M21 8v5" stroke="#dbe3ec" strokeWidth="2.600" strokeLinecap="round" />
        <path
          d="M6 20c3.300 0 3.300-3.400 6.700-3.400S16 20 19.300 20s3.300-3.400 6.700-3.400"
          fill="none"
          stroke="#2fc6b4"
          strokeWidth="2.600"
          strokeLinecap="round"
        />
        <path
          d="M6 25.500c3.300 0 3.300-3.400 6.700-3.400S16 25.500 19.300 25.500s3.300-3.400 6.700-3.400"
          fill="none"
          stroke="#4a9eff"
          strokeWidth="2.600"
          strokeLinecap="round"
        />
      </svg>
      {isHeading ? <h1 className="brand-name">Tidegate</h1> : <span className="brand-name">Tidegate</span>}
    </span>
  );
}
