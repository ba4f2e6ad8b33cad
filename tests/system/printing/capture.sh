#!/bin/sh
# A CUPS backend that keeps what it is given: see cups.py. Called as: job user title copies options [file].
[ $# -eq 0 ] && { echo 'direct capture "Kept in files" "Kept in files"'; exit 0; }
place=${DEVICE_URI#capture:}
echo $$ >>"$place/begun"
said=
while read -r how <"$place/behave"; do
    case $how in
    hang) sleep 0.02 ;;
    paper)
        [ -n "$said" ] || { echo 'STATE: +media-empty-error' >&2; said=1; }
        sleep 0.02
        ;;
    *) break ;;
    esac
done
[ -n "$said" ] && echo 'STATE: -media-empty-error' >&2
case $how in
slow) sleep 1 ;;
brief) sleep 0.05 ;;
fail) exit 1 ;;
hold) exit 3 ;;
stop) exit 4 ;;
cancel) exit 5 ;;
esac
name=$1.$$.pdf
cat "${6:--}" >"$place/.$name" && mv "$place/.$name" "$place/$name" || exit 1
printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$4" "$name" "$3" >>"$place/log"
[ "$how" != late ]
