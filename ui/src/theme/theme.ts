/**
 * Ant Design's tokens for the dark desk; `desk.css` holds the same colours for what is painted without it.
 */
import { theme, type ThemeConfig } from 'antd';

const fontFamily =
  '"Inter", "SF Pro Text", "Segoe UI Variable Text", "Segoe UI", Roboto, "Helvetica Neue", ' +
  '"Noto Sans", "Liberation Sans", "DejaVu Sans Condensed", "DejaVu Sans", sans-serif';

export const deskTheme: ThemeConfig = {
  algorithm: [theme.darkAlgorithm, theme.compactAlgorithm],
  token: {
    fontFamily,
    fontSize: 12,
    borderRadius: 4,
    wireframe: false,
    colorPrimary: '#3d8fe8',
    colorInfo: '#3d8fe8',
    colorSuccess: '#2fb98a',
    colorWarning: '#dfa544',
    colorError: '#e8685f',
    colorLink: '#6db1f7',
    colorBgBase: '#0a0e13',
    colorBgLayout: '#0a0e13',
    colorBgContainer: '#10161e',
    colorBgElevated: '#161e28',
    colorBorder: '#263241',
    colorBorderSecondary: '#1b2530',
    colorSplit: '#1b2530',
    colorTextBase: '#dde5ee',
    colorText: '#d5dee8',
    colorTextSecondary: '#93a2b4',
    colorTextTertiary: '#72828f',
    colorTextPlaceholder: '#5b6a7a',
    // Said to Ant Design too: it waits for the end of an animation that desk.css then takes away, and a
    // closed dialog would stay on the page.
    motion: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
    motionDurationMid: '0.12s',
    motionDurationSlow: '0.16s',
  },
  components: {
    Table: {
      headerBg: '#10161e',
      headerColor: '#8494a6',
      headerSplitColor: 'transparent',
      rowHoverBg: '#172130',
      cellPaddingBlockSM: 4,
      cellPaddingInlineSM: 8,
      headerSortActiveBg: '#131b25',
      headerSortHoverBg: '#131b25',
      bodySortBg: 'transparent',
      borderColor: '#182029',
      cellFontSizeSM: 12,
    },
    Tabs: { horizontalMargin: '0', titleFontSize: 12, horizontalItemPadding: '8px 2px' },
    Segmented: { trackBg: '#0d131a', itemSelectedBg: '#263547' },
    Input: { activeShadow: 'none' },
    Select: { optionSelectedBg: '#22344a' },
    Modal: { contentBg: '#141c26', headerBg: '#141c26' },
  },
};
